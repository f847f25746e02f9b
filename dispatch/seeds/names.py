"""The names of the small generated city, invented: no road, station or house here exists.

The demo's rooms, addresses and callers speak of them; each has a Chinese and an English form.
"""

from typing import NamedTuple


class Name(NamedTuple):
    """One name in both languages."""

    zh: str
    en: str


CITY = Name("榕海市", "Ronghai")
DISTRICTS = (Name("西榕", "Xirong"), Name("中澜", "Zhonglan"), Name("东屿", "Dongyu"))

# Row by row from the south-west, as `Lattice.cells` lists them; the southern row lies on the water.
STATIONS = (
    Name("蓝湾", "Lanwan"), Name("银沙", "Yinsha"), Name("新渔港", "Xinyugang"), Name("南屿", "Nanyu"),
    Name("望澜", "Wanglan"), Name("青榕", "Qingrong"), Name("石桥头", "Shiqiaotou"), Name("紫荆里", "Zijingli"),
    Name("晴川", "Qingchuan"), Name("白鹭", "Bailu"), Name("云渡", "Yundu"), Name("松影", "Songying"),
    Name("鹤鸣", "Heming"), Name("半山", "Banshan"), Name("福临", "Fulin"),
)  # fmt: skip

ROADS = (
    Name("榕海大道", "Ronghai Avenue"), Name("望海路", "Wanghai Road"), Name("鹤鸣街", "Heming Street"),
    Name("银沙一路", "Yinsha 1st Road"), Name("青榕路", "Qingrong Road"), Name("云渡西路", "Yundu West Road"),
    Name("晴川北街", "Qingchuan North Street"), Name("石桥路", "Shiqiao Road"), Name("白鹭洲路", "Bailuzhou Road"),
    Name("渔港路", "Yugang Road"), Name("紫荆巷", "Zijing Lane"), Name("半山道", "Banshan Way"),
    Name("松影路", "Songying Road"), Name("福临街", "Fulin Street"), Name("滨海快速路", "Coast Expressway"),
)  # fmt: skip

LANDMARKS = (
    Name("星汇广场", "Xinghui Plaza"), Name("第二人民医院", "Second People's Hospital"),
    Name("榕海北站", "Ronghai North Station"), Name("青榕小学", "Qingrong Primary School"),
    Name("白鹭公园", "Bailu Park"), Name("晴川农贸市场", "Qingchuan Market"), Name("云渡地铁站A口", "Yundu Metro Exit A"),
    Name("银沙码头", "Yinsha Pier"), Name("福临花园", "Fulin Garden"), Name("石桥工业园", "Shiqiao Industrial Park"),
    Name("紫荆里社区", "Zijingli Community"), Name("望澜大厦", "Wanglan Tower"), Name("体育中心", "Sports Centre"),
    Name("松影客运站", "Songying Coach Station"), Name("鹤鸣中学", "Heming Middle School"),
    Name("半山隧道", "Banshan Tunnel"), Name("南屿跨海桥", "Nanyu Bridge"), Name("人民医院急诊", "People's Hospital A&E"),
)  # fmt: skip

CALL_POINT_SITES = (
    Name("便利店", "convenience store"), Name("学校门岗", "school gate"), Name("银行网点", "bank branch"),
    Name("加油站", "petrol station"), Name("医院急诊", "hospital A&E"), Name("酒店前台", "hotel desk"),
    Name("社区服务站", "community desk"), Name("公园岗亭", "park booth"),
)  # fmt: skip
