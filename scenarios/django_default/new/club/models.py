"""A rowing club: its boats, with berths and long names, its members, with their fees, and a log."""

from django.db import models


class Boat(models.Model):
    name = models.CharField(max_length=40)
    berth = models.CharField(max_length=10, db_default="yard")


class Member(models.Model):
    name = models.CharField(max_length=80)
    fee = models.CharField(max_length=10, default="full")


class LogEntry(models.Model):
    day = models.DateField(auto_now_add=True)
    text = models.CharField(max_length=120)
