"""Views: values in, blocks out."""
