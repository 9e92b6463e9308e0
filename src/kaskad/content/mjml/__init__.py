"""Compiles e-mails: MJML with Jinja → the templates of subject, preheader, HTML and text."""
