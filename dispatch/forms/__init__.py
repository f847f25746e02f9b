"""What a feedback form 反馈单 asks, by type of incident: versioned data, which form is whose, and whether answers will do.

A crew is asked for what its kind of incident needs and for nothing else; only a complete form is accepted by rule.
"""
