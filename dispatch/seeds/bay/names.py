"""The names of the bay city, invented: no road, station or house here exists.

Its rooms, addresses and callers speak of them; the tree of rooms has a Chinese and an English form.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple


class Name(NamedTuple):
    """One name in both languages."""

    zh: str
    en: str


class Station(NamedTuple):
    """A police station: its name, its district (1 to 4), and the superblock its area grows from."""

    zh: str
    en: str
    district: int
    column: int
    row: int


CITY = Name("榕海市", "Ronghai")
CODE = "RH"
DISTRICTS = (
    Name("西榕", "Xirong"),
    Name("中澜", "Zhonglan"),
    Name("湾东", "Wandong"),
    Name("东屿", "Dongyu"),
)
ISLAND = Name("南屿", "Nanyu")
STATIONS = (
    Station("新渔港", "Xinyugang", 1, 1, 1), Station("银沙", "Yinsha", 1, 3, 0),
    Station("石桥头", "Shiqiaotou", 1, 2, 4), Station("福临", "Fulin", 1, 1, 8),
    Station("青榕", "Qingrong", 2, 5, 1), Station("紫荆里", "Zijingli", 2, 5, 4),
    Station("鹤鸣", "Heming", 2, 5, 8), Station(*ISLAND, 2, 6, -1),
    Station("蓝湾", "Lanwan", 3, 8, 0), Station("望澜", "Wanglan", 3, 9, 3),
    Station("晴川", "Qingchuan", 3, 8, 6), Station("半山", "Banshan", 3, 10, 8),
    Station("白鹭", "Bailu", 4, 11, 1), Station("云渡", "Yundu", 4, 13, 2), Station("松影", "Songying", 4, 13, 6),
)  # fmt: skip

COAST_ROAD, BANK_ROAD, ISLAND_ROAD, SEA_BRIDGE = "滨海大道", "沿江西路", "环岛路", "南屿跨海大桥"
RIVER = "榕江"
RING = {"west": "西环快速路", "east": "东环快速路", "north": "北环快速路", "south": "南环快速路"}
# Arterials from west to east, and from south to north.
AVENUES = (
    "渔港路", "银沙路", "西环路", "石桥路", "榕荫路", "紫荆路", "鼓楼路", "江西路", "蓝湾路", "星汇路", "晴川路", "科苑路", "白鹭路",
    "望屿路", "云渡路", "松影路",
)  # fmt: skip
BOULEVARDS = (
    "", "海韵大道", "榕海大道", "和平大道", "人民大道", "文昌大道", "学府大道", "福临大道", "鹤鸣大道", "半山大道", "北山大道",
)  # fmt: skip
_FIRST = "青银紫金兰桂梅竹荷柳枫榕桃杏鹭鹤雁云月星霞晴春华丰永福安康泰和顺兴义文德仁明朝长宝玉翠碧锦丹听揽沐"
_SECOND = "川澜沙溪泉湖塘浦湾屿汐桥亭园圃林岭坪坊庭台苑府门阁风波源峰田"
_UNHEARD = frozenset(
    {"金门", "明朝", "青海", "长沙", "玉林", "长春", "福田", "宝安", "仁川", "丹阳", "玉溪", "和田", "长城"}
)

METRO_LINES = (Name("地铁1号线", "Metro Line 1"), Name("地铁2号线", "Metro Line 2"))

# What stands in a city, by kind: how such a place is called after the stem of its name.
KINDS: dict[str, tuple[str, ...]] = {
    "mall": ("购物中心", "天地", "广场购物中心"),
    "square": ("广场",),
    "market": ("农贸市场", "菜市场", "海鲜市场"),
    "supermarket": ("超市", "生活超市"),
    "convenience": ("便利店",),
    "bank": ("银行支行", "农商银行网点"),
    "primary": ("小学", "实验小学"),
    "middle": ("中学", "实验学校"),
    "kindergarten": ("幼儿园",),
    "university": ("职业技术学院",),
    "hospital": ("医院", "妇幼保健院", "中医院"),
    "clinic": ("社区卫生服务中心",),
    "homes": ("花园", "小区", "公寓", "新村", "名苑", "家园"),
    "village": ("城中村", "旧村"),
    "tower": ("大厦", "中心", "国际大厦", "商务中心"),
    "hotel": ("酒店", "宾馆", "快捷酒店"),
    "fuel": ("加油站",),
    "factory": ("工业园", "电子厂", "物流园", "冷链仓库"),
    "restaurant": ("海鲜酒楼", "大排档", "火锅城", "茶餐厅"),
    "bar": ("酒吧街", "KTV", "音乐餐吧"),
    "cinema": ("影城",),
    "stadium": ("体育中心",),
    "library": ("图书馆",),
    "parking": ("停车场", "地下停车场"),
    "community": ("社区服务站", "街道办事处"),
    "park": ("公园", "街心公园"),
    "bus": ("公交总站", "客运站"),
    "fire": ("消防救援站",),
    "pier": ("码头", "客运码头"),
    "temple": ("祠堂", "天后宫"),
}


def stems(rng: Random) -> Iterator[str]:
    """Two-character stems, each once, without end: after the last pair they are counted."""
    pairs = [first + second for first in _FIRST for second in _SECOND]
    taken = (
        {road.rstrip("路大道") for road in (*AVENUES, *BOULEVARDS)}
        | {station.zh for station in STATIONS}
        | _UNHEARD
    )
    free = [pair for pair in pairs if pair not in taken]
    rng.shuffle(free)
    yield from free
    round_ = 2
    while True:
        for pair in free:
            yield f"{pair}{round_}"
        round_ += 1
