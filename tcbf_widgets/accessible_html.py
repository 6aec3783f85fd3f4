"""Mend what the theme and the extensions of the book leave undone for readers who do not see or point."""


def setup(app):
    """Connect to Sphinx (called by `tcbf_widgets.book`)."""
