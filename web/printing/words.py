"""The words of printed sheets, in Chinese and English.

What people typed is never translated; only what the house says.
"""

from collections.abc import Mapping
from typing import Literal

Lang = Literal["zh", "en"]
WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("警情复盘报告", "After-action review"),
    "exercise": ("演练", "EXERCISE"),
    "page": ("第 {n} 页，共 {of} 页", "Page {n} of {of}"),
    "printed": ("打印于 {at}", "printed {at}"),
    "number": ("警情编号", "Incident"), "type": ("类别", "Type"), "priority": ("等级", "Priority"), "room": ("复盘单位", "Room"),
    "span": ("起止", "From, to"), "why": ("复盘原因", "Why"), "state": ("状态", "State"), "people": ("参加人员", "Participants"),
    "machine": ("接口账号", "an interface"), "at_once": ("即时：{n} 个单位", "at once: {n} rooms and units"), "unknown": ("未知", "not known"), "none": ("无", "none"), "sealed": ("（无权查看）", "(not for this seat)"),
    "cause.sensitive": ("敏感警情", "sensitive"), "cause.major": ("重大警情", "major"), "cause.sample": ("随机抽查", "drawn at random"), "cause.person": ("人工发起", "opened by a person"),
    "state.waiting": ("待复盘", "waiting"), "state.open": ("复盘中", "open"), "state.closed": ("已办结", "closed"), "state.withdrawn": ("已撤销", "withdrawn"),
    "h.times": ("一、时限对照", "1. Times against targets"), "h.course": ("二、处置经过", "2. Course"), "h.chosen": ("三、更近而未派的单位", "3. Nearer and not sent"),
    "h.found": ("四、复盘发现", "4. Findings"), "h.actions": ("五、整改措施", "5. Actions"), "h.conclusion": ("六、结论", "6. Conclusion"),
    "interval": ("环节", "Interval"), "whose": ("谁", "Whose"), "took": ("用时", "Took"), "target": ("时限", "Target"), "late": ("超时", "Late by"),
    "answer": ("接听", "answer"), "processing": ("受理至派警", "processing"), "acceptance_room": ("指挥室签收", "acceptance, room"), "acceptance": ("签收", "acceptance"), "turnout": ("出警", "turnout"),
    "response": ("到场", "response"), "arrival": ("承诺到达", "promised arrival"), "feedback": ("反馈", "feedback"),
    "running": ("进行中", "running"), "no_step": ("无此环节（缺{step}）", "n/a: no {step}"), "in_time": ("按时", "in time"),
    "step.ringing": ("振铃", "ring"), "step.answered": ("接听", "answer"), "step.entered": ("录入", "entry"), "step.dispatched": ("派警", "order"), "step.accepted": ("签收", "acceptance"),
    "step.en_route": ("出发", "departure"), "step.on_scene": ("到场", "arrival"), "step.handled": ("处结", "handling"), "step.fed_back": ("反馈", "feedback"), "step.ordered": ("派警", "order"), "step.clock": ("起算", "start"),
    "when": ("时间", "Time"), "what": ("事项", "Fact"), "seen": ("最早可见", "First seen"), "acknowledged": ("确认", "Acknowledged"),
    "k.alarm_entered": ("录入报警", "alarm entered"), "k.ordered": ("下达指令", "ordered"), "k.unable": ("不能处警", "unable"), "k.place_changed": ("地点变更", "change of place"), "k.type_changed": ("类别变更", "change of type"),
    "k.priority_changed": ("等级变更", "change of priority"), "k.urgent_note": ("紧急备注", "urgent note"), "k.raised": ("提级至", "raised to"), "k.command_taken": ("接管指挥", "command taken by"), "k.handed_over": ("移交", "handed over"),
    "k.emergency": ("民警遇险", "officer in danger"), "k.emergency_reset": ("险情解除", "emergency reset"), "k.backup": ("请求增援", "backup asked for"), "k.agency_asked": ("联动请求", "agency asked"), "k.scene": ("现场情况", "scene"),
    "k.fell_due": ("到时提醒", "fell due"), "k.on_scene": ("到场", "on scene"), "k.accepted": ("签收", "accepted"), "k.handled": ("处结", "handled"), "k.closed": ("办结", "closed"), "k.reopened": ("重开", "reopened"),
    "k.told_unit": ("发送消息", "message"), "k.broadcast": ("群呼", "broadcast"),
    "unit": ("单位", "Unit"), "eta": ("预计", "ETA"), "reasons": ("原因", "Why not"), "sent": ("已派 {units}", "sent: {units}"), "all_nearest": ("所派均为最近的合适单位。", "All that were sent were the nearest that suited."),
    "find.well": ("做得好", "went well"), "find.not_well": ("不足", "did not go well"), "find.cause": ("原因", "cause"),
    "due": ("期限 {at}", "due {at}"), "action.open": ("待办", "open"), "action.done": ("待核验", "done, to be verified"), "action.returned": ("退回", "returned"), "action.verified": ("已核验", "verified"), "action.dropped": ("不再办理", "dropped"),
    "turn.done": ("办理情况", "done with"), "turn.returned": ("退回", "returned"), "turn.verified": ("核验", "verified"), "turn.dropped": ("不再办理", "dropped"),
    "signed": ("签发：{who}，{at}", "signed by {who}, {at}"), "sign.lead": ("复盘主持", "Chair"), "sign.room": ("责任单位", "Room concerned"), "sign.check": ("复核", "Verified by"), "date": ("日期", "Date"),
    "times_note": ("时限为目标值，缺少环节的不计。", "Targets of the centre; where a step is missing nothing is counted."),
}  # fmt: skip


def word(lang: Lang, key: str, **values: str) -> str:
    """A word with its values; the key itself where there is none."""
    pair = WORDS.get(key)
    return key if pair is None else pair[0 if lang == "zh" else 1].format(**values)
