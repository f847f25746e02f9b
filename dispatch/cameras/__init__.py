"""Cameras 视频探头 that video patrols 视频巡逻 watch: who watches which, when each was looked at last, which is out of order.

A person looks. Nothing here receives, keeps or analyses a picture: no faces, no vehicles, nobody is followed. A camera is a name, a
place, and a link into the agency's own viewer.
"""
