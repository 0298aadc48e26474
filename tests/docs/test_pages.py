"""What is taken out of a page is what is on it."""

from __future__ import annotations

from .pages import Block, blocks, not_there, stable

PAGE = """\
Text.

```sh
one
two
```

1. In a list:

    ```yaml title="a.yml" hl_lines="1"
    a:
      b: 1
    ```
"""


def test_blocks_have_their_language_title_and_text() -> None:
    assert blocks(PAGE) == [Block("sh", "", "one\ntwo\n"), Block("yaml", "a.yml", "a:\n  b: 1\n")]


def test_numbers_and_digests_are_not_compared() -> None:
    first = "plan        cde8e9f1 and f6cb9893: 22 replicas in 45.5 s"
    assert stable(first) == stable("plan        00e8e9f1 and aacb9893: 9 replicas in 145.5 s")
    assert stable("old release") == "old release"


def test_a_quotation_that_is_not_true_is_named() -> None:
    assert not_there("...\na 1\n", "b\na 2\n") == []
    assert not_there("a 1\nc\n", "b\na 2\n") == ["c"]
