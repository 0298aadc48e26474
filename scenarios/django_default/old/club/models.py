"""A rowing club: its boats and its members."""

from django.db import models


class Boat(models.Model):
    name = models.CharField(max_length=20)


class Member(models.Model):
    name = models.CharField(max_length=80)
