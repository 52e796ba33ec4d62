"""Tests of the readers of Istio and the Gateway API."""
