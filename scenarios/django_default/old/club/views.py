"""Requests and their answers, all in JSON."""

import json

from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from club.models import Boat, Member


def add_boat(request):
    boat = Boat.objects.create(**json.loads(request.body))
    return JsonResponse({"id": boat.id}, status=201)


def show_boat(request, id):
    boat = get_object_or_404(Boat, id=id)
    return JsonResponse({"id": boat.id, "name": boat.name})


def add_member(request):
    member = Member.objects.create(**json.loads(request.body))
    return JsonResponse({"id": member.id}, status=201)


def show_member(request, id):
    member = get_object_or_404(Member, id=id)
    return JsonResponse({"id": member.id, "name": member.name})


def ready(request):
    return JsonResponse({"ok": True})
