"""What pulls through the rules of a Region."""

from django.urls import path

from wizard.views import clients

urlpatterns = [
    path("", clients.client_configuration, name="client-configuration"),
]
