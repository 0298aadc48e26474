"""Where what is answered."""

from django.urls import path

from club import views

urlpatterns = [
    path("boats", views.add_boat),
    path("boats/<int:id>", views.show_boat),
    path("members", views.add_member),
    path("members/<int:id>", views.show_member),
    path("readyz", views.ready),
]
