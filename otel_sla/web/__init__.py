"""Everything over HTTP: metrics, health, feeds, pages, API, and who may ask."""
