"""The questions of the book, one module for each chapter; `tcbf_widgets.check` finds them by name."""
