"""What every word of a rules file is called: kinds of things, their states, flags and moments, and what effects do.

Each is (Chinese, English). A flag says what holds with it and, where it has a third and fourth word, what holds without.
"""

from collections.abc import Mapping

type Pair = tuple[str, str]

NOUNS: Mapping[str, Pair] = {
    "incident": ("警情", "an incident"), "assignment": ("派警单", "an order"), "emergency": ("民警遇险", "an officer in danger"),
    "call": ("来电", "a call"), "call_point": ("报警点", "a call point"), "unit": ("警组", "a unit"), "note": ("紧急通报", "an urgent note"),
    "seat": ("席位", "a seat"), "supervision": ("督办单", "a supervision order"), "agency_request": ("联动单", "a request to an agency"),
    "plan": ("预案", "a plan"), "task": ("任务", "a task"),
    "handover": ("交接班", "a hand-over"), "event": ("安保任务", "a planned event"), "broadcast": ("群呼", "a broadcast"),
    "after_action_review": ("复盘", "an after-action review"), "review_action": ("整改事项", "an action of a review"),
    "dispute": ("管辖争议", "a boundary dispute"), "duty_level": ("勤务等级", "a duty level"),
    "roster_shift": ("班次", "a rostered shift"), "shortfall": ("警力缺口", "a shortfall of free units"),
}  # fmt: skip

STATES: Mapping[str, Mapping[str, Pair]] = {
    "incident": {
        "received": ("待派警", "not dispatched"), "dispatched": ("已派警", "dispatched"), "accepted": ("已签收", "accepted"),
        "en_route": ("出动", "en route"), "on_scene": ("到场", "on scene"), "handled": ("已处结", "handled"), "fed_back": ("已反馈", "fed back"),
        "reviewed": ("已审核", "reviewed"), "closed": ("已办结", "closed"), "merged": ("已并案", "merged"), "void": ("已作废", "void"),
        "advised": ("已答复", "advised"), "transferred": ("已移交", "transferred"),
    },
    "assignment": {
        "stacked": ("待处", "kept for later"), "ordered": ("未送达", "not delivered"), "delivered": ("未签收", "not accepted"),
        "accepted": ("已签收", "accepted"), "en_route": ("出动", "en route"), "on_scene": ("到场", "on scene"), "cleared": ("已结束", "cleared"),
        "recalled": ("已撤回", "recalled"), "unable": ("无法执行", "unable to go"), "released": ("已解除", "released"),
        "preempted": ("已改派", "pre-empted"), "expired": ("已过期", "expired"),
    },
    "emergency": {"stands": ("未解除", "not reset")},
    "call": {
        "ringing": ("振铃", "ringing"), "answered": ("通话", "answered"), "held": ("保持", "held"), "conferenced": ("三方", "in conference"),
        "transferred": ("转接", "transferred"), "released": ("已挂断", "released"), "abandoned": ("中断", "cut off"),
    },
    "call_point": {"ok": ("正常", "well"), "low_battery": ("电量低", "low on battery"), "fault": ("故障", "faulty"), "silent": ("失联", "silent")},
    "unit": {
        "available": ("空闲", "available"), "busy": ("忙碌", "busy"), "break": ("小休", "on a break"), "out_of_service": ("停勤", "out of service"),
        "off_duty": ("下勤", "off duty"),
    },
    "seat": {
        "empty": ("空席", "empty"), "ready": ("示闲", "ready"), "on_call": ("通话", "on a call"), "wrap_up": ("话后", "in wrap-up"),
        "break": ("小休", "on a break"), "away": ("离席", "away"),
    },
    "plan": {
        "proposed": ("待启用", "pushed and not taken up"), "active": ("已启用", "active"), "dismissed": ("已否决", "refused"),
        "withdrawn": ("已撤回", "withdrawn"), "ended": ("已结束", "ended"),
    },
    "task": {
        "pending": ("待前项", "waiting for others"), "open": ("待办", "to be done"), "done": ("已办", "done"),
        "not_applicable": ("不适用", "not applicable"),
    },
    "supervision": {
        "given": ("待答复", "unanswered"), "answered": ("已答复", "answered"), "returned": ("被退回", "returned"),
        "signed_off": ("已核销", "signed off"), "withdrawn": ("已撤销", "withdrawn"),
    },
    "agency_request": {
        "sent": ("未接单", "not taken"), "taken": ("已接单", "taken"), "arrived": ("已到场", "arrived"), "result": ("已反馈", "answered"),
        "declined": ("被拒绝", "declined"), "withdrawn": ("已撤回", "withdrawn"),
    },
    "note": {"unread": ("未阅", "unread")},
    "handover": {
        "drafted": ("起草", "being written"), "offered": ("待接班", "offered"), "signed": ("已接班", "signed"), "refused": ("被拒", "refused"),
        "cancelled": ("已取消", "cancelled"), "abandoned": ("已放弃", "abandoned"),
    },
    "event": {
        "draft": ("草稿", "a draft"), "submitted": ("待审批", "waiting for approval"), "returned": ("被退回", "returned"),
        "approved": ("已批准", "approved"), "running": ("进行中", "running"), "ended": ("已结束", "over"), "summed_up": ("已总结", "summed up"),
        "cancelled": ("已取消", "cancelled"),
    },
    "broadcast": {
        "proposed": ("待批", "proposed"), "active": ("有效", "active"), "declined": ("未批", "declined"), "expired": ("已过期", "expired"),
        "cancelled": ("已取消", "cancelled"), "superseded": ("已更新", "superseded"),
    },
    "after_action_review": {"waiting": ("待开始", "waiting"), "open": ("进行中", "open"), "closed": ("已结", "closed"), "withdrawn": ("已撤销", "withdrawn")},
    "review_action": {
        "open": ("待办", "to be done"), "done": ("待核验", "waiting to be verified"), "returned": ("被退回", "returned"),
        "verified": ("已核验", "verified"), "dropped": ("已取消", "dropped"),
    },
    "dispute": {"raised": ("待裁定", "undecided"), "conceded": ("已认领", "conceded"), "decided": ("已裁定", "decided"), "withdrawn": ("已撤回", "withdrawn")},
    "duty_level": {"holds": ("生效", "in force"), "ended": ("已结束", "over")},
    "shortfall": {"stands": ("存在", "still there"), "over": ("已恢复", "over")},
    "roster_shift": {
        "planned": ("未上勤", "not logged on for"), "attended": ("在勤", "on duty"), "ended": ("已下勤", "over"), "missed": ("缺勤", "missed"),
        "withdrawn": ("已撤销", "withdrawn"),
    },
}  # fmt: skip

FLAGS: Mapping[str, tuple[str, str, str, str]] = {
    "place": ("有位置", "with a place", "无位置", "without a place"),
    "exercise": ("演练", "that is an exercise", "非演练", "that is no exercise"),
    "rings": ("一键报警正在振铃", "whose press rings", "没有一键报警振铃", "whose press does not ring"),
    "unanswered": ("一键报警无人接听", "whose press nobody answered", "一键报警有人接听", "whose press was answered"),
    "surge": ("属集中报警", "that is a surge", "非集中警情", "that is no surge"),
    "ring_back_owed": ("待回拨", "whose caller is to be rung back", "无需回拨", "whose caller need not be rung back"),
    "scheduled": ("预约", "reported for a later time", "非预约", "not reported for a later time"),
    "raised": ("已提级、上级未接手", "raised and not noticed above", "未提级", "not raised"),
    "followed": ("提级盯办", "followed by a room above", "无人盯办", "followed by nobody"),
    "unit": ("派给警组", "to a unit", "不是派给警组", "not to a unit"),
    "room": ("派给指挥室", "to a room", "不是派给指挥室", "not to a room"),
    "primary": ("主处警", "of the primary", "增援", "of a reinforcement"),
    "check_owed": ("已询问是否平安", "asked whether all is well", "未在询问", "not being asked"),
    "out_of_touch": ("定位失联", "out of touch", "定位正常", "in touch"),
    "unreached": ("未能送出", "that could not be sent", "已送出", "that was sent"),
    "alone": ("无警情", "without a job", "有警情", "on an incident"),
    "owed": ("待回拨", "to be rung back", "无需回拨", "not to be rung back"),
    "number": ("有号码", "with a number", "无号码", "without a number"),
    "lent": ("借调中", "that is lent", "未借调", "that is not lent"),
    "standby": ("移位待命中", "that stands by elsewhere", "未移位待命", "that does not stand by elsewhere"),
    "report": ("上报类", "that is a report", "非上报类", "that is no report"),
    "cordon": ("查控类", "that is a cordon", "非查控类", "that is no cordon"),
    "taken": ("有人领办", "that somebody has in hand", "无人领办", "that nobody has in hand"),
    "unseen": ("无人查看", "that nobody has seen", "有人查看", "that somebody has seen"),
    "unmanned": ("缺人", "that is not manned", "已到位", "that is manned"),
    "lookout": ("布控", "that is a look-out", "非布控", "that is no look-out"),
    "urgent": ("紧急", "that is urgent", "非紧急", "that is not urgent"),
    "moving": ("移动中", "that moves", "不移动", "that stands still"),
    "answered": ("已答复", "that was answered", "未答复", "that was not answered"),
    "asks": ("到期须确认", "that must be confirmed", "到期不须确认", "that need not be confirmed"),
    "returns": ("到期恢复", "that falls back by itself", "到期不恢复", "that does not fall back by itself"),
    "incident": ("涉及警情", "about an incident", "不涉及警情", "about no incident"),
    "crew": ("已排人员", "with its crew named", "未排人员", "with no crew named"),
}  # fmt: skip

MOMENTS: Mapping[str, Pair] = {
    "opened": ("受理", "it was entered"), "unassigned": ("受理或上一指令结束", "it was entered, or its last order ended"),
    "handled": ("处结", "it was handled"), "fed_back": ("反馈", "it was fed back"), "rang": ("振铃", "it began to ring there"),
    "unanswered": ("无人接听", "nobody answered"), "reported": ("最近一次报警", "the last report"), "scheduled": ("约定时间", "the promised time"),
    "raised": ("提级", "it was raised"), "looked_in": ("上次跟进", "it was last looked in on"), "dispatched": ("派警", "it was dispatched"),
    "accepted": ("签收", "it was accepted"), "en_route": ("出动", "it set out"), "on_scene": ("到场", "it arrived"),
    "reviewed": ("审核", "it was reviewed"), "dissatisfied": ("回访不满意", "the caller said so when called back"),
    "ordered": ("下达", "it was given"), "delivered": ("送达", "it was delivered"), "promised": ("预计到场", "the promised arrival"),
    "checked": ("上次报平安", "it last said that all is well"), "check_asked": ("询问", "it was asked"), "heard": ("上次有消息", "it was last heard"),
    "touch_lost": ("失联", "it was lost"), "unreached": ("发送失败", "sending failed"), "unable": ("报告无法执行", "it said so"),
    "began": ("遇险", "the first press"), "pressed": ("最近一次按下", "the last press"), "ringing": ("振铃", "it began to ring"),
    "abandoned": ("中断", "it was cut off"), "duty_until": ("休息到时", "the break ends"), "shift_ends": ("下班时间", "the shift ends"),
    "lent_until": ("借调到期", "the lending ends"), "standby_until": ("待命到时", "the standby ends"), "answering": ("开始值守", "it began to answer"), "proposed": ("推送", "it was pushed"),
    "due": ("到期", "it is due"), "given": ("下达", "it was given"), "answered": ("答复", "it was answered"), "returned": ("退回", "it was returned"),
    "sent": ("发出", "it was sent"), "taken": ("接单", "it was taken"), "arrived": ("到场", "it arrived"), "asked": ("最近一次催办", "it was last asked"),
    "call_back_tried": ("上次回访未果", "the caller was last not reached"), "offered": ("提交交接", "it was offered"), "ended": ("结束", "it ended"),
    "touched": ("最近一次编辑", "it was last written at"), "starts": ("开始时间", "the time it starts"), "started": ("开始", "it started"),
    "ends": ("结束时间", "the time it ends"), "submitted": ("提交", "it was submitted"), "unmanned": ("缺人", "it was left"),
    "called": ("发起", "it was called"), "expires": ("失效时间", "the time it expires"), "written": ("起草", "it was written"),
    "fell_short": ("空闲警力低于要求", "fewer units were free than wanted"), "begins": ("上勤时间", "the time it begins"), "attended": ("按班上勤", "its unit logged on"),
    "open": ("开启", "it was opened"), "done": ("办结", "it was done"), "seen": ("最近一次发现", "the last sighting"), "until": ("到期时间", "the time it ends"), "rephased": ("阶段变更", "its phases were changed"),
}  # fmt: skip

POINTS = frozenset(
    {
        "reported",
        "scheduled",
        "promised",
        "began",
        "pressed",
        "starts",
        "ends",
        "expires",
        "seen",
        "until",
        "begins",
    }
)
"""Moments whose English words are a thing, not what happened."""

EFFECTS: Mapping[str, Pair] = {
    "alert": ("提醒{to}", "tell {to}"), "ask_status": ("询问警组是否平安", "ask the unit whether all is well"),
    "second_bearer": ("改由第二通道发送指令", "send the order by the second bearer"), "sms": ("向警组电话发短信", "send an SMS to the unit's telephone"),
    "phone": ("自动拨打警组电话", "ring the unit's telephone"), "propose_other": ("推荐其他警力，提醒{to}", "propose other units and tell {to}"),
    "watch_arrival": ("核对到场时间，将晚到则提醒{to}", "look whether it will be late, and tell {to} if so"),
    "pass_ring_on": ("转上一级指挥室振铃", "let it ring in the room above"), "declare_surge": ("列为集中警情，置顶于各接警席", "make it a surge, pinned for every call-taker"),
    "end_surge": ("解除集中警情", "end the surge"),
    "silence": ("无心跳则记为失联", "mark it silent if it was not heard"), "report_abandoned": ("转为警情", "make it an incident"),
    "accept_forms": ("自动通过常规反馈，其余提醒{to}", "accept routine forms, and tell {to} of others"),
    "watch_touch": ("核对定位，失联则安全确认", "look at its position; if it is lost, have its safety checked"),
    "watch_return": ("定位恢复则解除告警", "end the alert once its position is back"), "end_break": ("恢复可派", "make it available"),
    "end_lending": ("归还原指挥室", "give it back to its room"), "end_standby": ("结束待命", "end the standby"), "watch_link": ("无联机则转代管席位", "give its queue to the cover unless it is heard"),
    "raise_monitor": ("提级至{to}盯办", "raise it to {to}, which watches"), "raise_share": ("提级至{to}协同指挥", "raise it to {to}, which commands along"),
    "raise_take": ("提级至{to}接管指挥", "raise it to {to}, which takes command"),
    "next_wave": ("推荐下一梯队警力（列入自动派警的类别则直接派出）", "propose the next units (sent at once for types of automatic dispatch)"),
    "chase": ("向被等待的一方催办", "ask whoever is waited for again"),
    "end_handover": ("放弃未完成的交接", "drop the hand-over that nobody ended"), "call_back_again": ("重新列入回访", "have the caller called back again"),
    "look_inside": ("查看岗位是否有人，缺人则提醒{to}", "look whether posts are manned, and tell {to} if not"), "start_event": ("开始任务", "start the event"),
    "broadcast_bearer": ("改由其他通道发送", "send it by another bearer"), "expire_broadcast": ("到时失效", "let it expire"),
    "watch_broadcast": ("核对签收，未阅则提醒{to}", "look who has read it, and tell {to} of those who have not"), "end_level": ("结束该勤务等级", "end the duty level"),
    "miss_shift": ("记为缺勤", "count it as missed"), "notify_auxiliaries": ("通知1分钟圈内的群防群治力量", "tell the auxiliaries within a minute's way"),
    "demand": ("由{to}督办，限{due_s}内答复", "have it answered for to {to} within {due_s}"), "activate_plan": ("启用预案「{plan}」", "take up the plan “{plan}”"),
}  # fmt: skip

TIERS: Mapping[str, Pair] = {
    "city": ("市局指挥中心", "the city room"), "district": ("分局指挥中心", "the district room"), "station": ("派出所指挥室", "the station room"),
}  # fmt: skip

SOURCES: Mapping[str, Pair] = {
    "call": ("电话报警", "a call"), "call_point": ("一键报警", "a call point"), "panel": ("报警主机", "a panel"), "sms": ("短信", "SMS"),
    "app": ("手机应用", "the app"), "self_service": ("自助终端", "self-service"), "officer": ("执勤发现", "an officer"),
    "agency": ("其他部门", "an agency"), "paper": ("纸质单补录", "a paper form"),
}  # fmt: skip

MILESTONES: Mapping[str, Pair] = {
    "intake": ("接警", "Intake"), "dispatch": ("派警", "Dispatch"), "delivery": ("送达与签收", "Delivery and acceptance"),
    "arrival": ("出动与到场", "On the way and arrival"), "scene": ("现场与民警安全", "On scene, safety of officers"),
    "feedback": ("反馈、审核、回访", "Feedback, review, call-back"), "command": ("提级与督办", "Raised, supervised"),
    "plans": ("预案与任务", "Plans and tasks"), "agencies": ("部门联动", "Other agencies"), "resources": ("席位、警组、设备", "Seats, units, devices"),
}  # fmt: skip
"""In the order of an incident's life."""
