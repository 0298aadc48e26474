"""All I/O: servers, databases, processes, migrations, and the interpreter of plans."""
