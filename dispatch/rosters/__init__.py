"""Rosters 勤务排班: who should be on duty when, with which crew, vehicle, equipment and beat.

The roster says who should be there; who is, says the log-on alone (`dispatch.desk.shift`).
"""
