"""One module for each kind of file: ``read(path, asked)`` looks at a file and gives an `Opened`; counts stay there.

`tcbf.open` chooses the module, turns the frames if asked, and fills in the calibration.
"""
