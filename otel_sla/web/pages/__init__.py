"""The pages: the status of all components, their timeline, one component."""
