"""The reference site: a Django project with only the app, ready to run."""
