"""What people read: the status of all components, their timeline, one component."""
