"""Made-up projects of any size, to try the product, to train people and to measure pages: `manage.py demo_data`."""
