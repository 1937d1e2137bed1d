"""Tenants: teams that share a service and see nothing of each other."""

from jobs_store.tenants.records import DEFAULT_TENANT, TENANT_NAME, Limits, NewTenant, Tenant, TenantCredentials, WebhookSecret

__all__ = ["DEFAULT_TENANT", "TENANT_NAME", "Limits", "NewTenant", "Tenant", "TenantCredentials", "WebhookSecret"]
