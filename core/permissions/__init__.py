"""Roles, what each may do, and where: principals, their grants, and the codes of places."""
