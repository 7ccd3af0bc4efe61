"""What can be chosen: files on targets as rows, and the one rule that picks among them.

The Compare page, its JavaScript twin, `zoo_tools find` and the tiles of boards all ask here. No frames, no arrays.
"""
