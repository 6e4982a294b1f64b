"""Registry entries that facts need: posts and bodies by their printed names, movements, documents, readers.

What is in the registry is found by its name; what is not gets a record for ``data/registry/``, under the key that the
project would give it, and marked as unverified.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from thidua.base.terms import PREFIXES
from thidua.base.text import fold, slug
from thidua.extract.registry import Registry
from thidua.rdf.ntriples import literal_term

#: The longest key that is made of a printed name.
_LONGEST_KEY: Final = 80
#: Between two posts of one person, as printed.
_BETWEEN: Final = re.compile(r" ?[,;] ?| (?:kiêm(?: nhiệm)?|đồng thời là) ")
#: What stands before the body in the key of a post.
_OFFICE: Final = re.compile(
    r"(?:quyen-|nguyen-)?(?:pho-)?"
    r"(?:chu-tich|bi-thu|giam-doc|truong-ban|truong-phong|truong-doan|chanh|uy-vien)(?:-thuong-truc)?-(?=[a-z])"
)
#: Kinds of documents by the letters of their number, which law gives them.
_DOCUMENTS: Final[Mapping[str, tuple[str, str]]] = {
    "CT": ("chi-thi", "Chỉ thị"), "QĐ": ("quyet-dinh", "Quyết định"), "NQ": ("nghi-quyet", "Nghị quyết"),
    "NĐ": ("nghi-dinh", "Nghị định"), "TT": ("thong-tu", "Thông tư"), "HD": ("huong-dan", "Hướng dẫn"),
    "KH": ("ke-hoach", "Kế hoạch"), "KL": ("ket-luan", "Kết luận"), "CV": ("cong-van", "Công văn"),
    "TB": ("thong-bao", "Thông báo"), "BC": ("bao-cao", "Báo cáo"), "QC": ("quy-che", "Quy chế"),
    "TTr": ("to-trinh", "Tờ trình"),
}  # fmt: skip
#: Agencies whose letters a number begins with where it is that of an official letter.
_SENDERS: Final = ("UBND", "BNV", "BTĐKT", "VPCP", "HĐTĐKT", "SNV", "TTg")
#: As in the shape of a document's number.
_NUMBER: Final = re.compile(r"[0-9]+(?:/[0-9]{4}/|[-/])[A-ZĐ]+[0-9]*(?:-[A-ZĐ][A-Za-zĐ0-9]*)*(?:/[A-ZĐ]+[0-9]*)*")
_YEAR: Final = re.compile(r"/((?:19|20)[0-9]{2})/")
#: A national assembly by its number says the years it sat.
_ASSEMBLY: Final = re.compile(r"QH[0-9]{1,2}\Z")


@dataclass
class Entries:
    """Entries that are looked up, and those made on the way."""

    registry: Registry
    made: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """By file of ``data/registry/``: thing to what is said of it."""

    def parts(self, printed: str) -> list[str]:
        """The posts that a printed title lists, each by itself."""
        return [part for part in _BETWEEN.split(" ".join(printed.split()).strip(" .,;-–")) if part]

    def post(self, printed: str, province: str, day: str) -> str:
        """The post that a printed name means, made if there is none; empty where it says nothing.

        :param province: the unit that its holder is of, such as ``province:thai-binh``; empty where none is known.
        :param day: a day or year, which tells units of one name apart.
        """
        if not (key := fold(printed)):
            return ""
        known = self.registry.called(printed, "post")
        if len(exact := [post for post in known if self._fits(post, province, day)]) == 1:
            return exact[0]
        if province and (generic := self._generic(key, province)):
            return self._of_province(generic, province, key)
        if exact:
            return exact[0]
        name = slug(printed)[:_LONGEST_KEY].strip("-")
        tail = f"_{province.removeprefix('province:')}" if province and fold(self._called(province)) not in key else ""
        post = f"post:{name}{tail}"
        if not self.registry.has(post):
            label = printed[:1].upper() + printed[1:]
            self._make(
                "posts", post, "td:Post", f"skos:prefLabel {literal_term(label)}@vi", "td:verification c:ver-unverified"
            )
        return post

    def _fits(self, post: str, province: str, day: str) -> bool:
        """Whether a post found by its name is of the unit, or of none; not one that stands for that of every unit."""
        unit = self.registry.link(self.registry.link(post, "postIn"), "ofProvince")
        if unit:
            return unit == province if province else self.registry.exists(unit, day)
        return not self._is_generic(post)

    def _is_generic(self, post: str) -> bool:
        """Whether a post stands for that of every province."""
        if self.registry.link(post, "postIn"):
            return False
        told = self.registry.english.get(post, "")
        return post in self._siblings or "provincial" in told

    @cached_property
    def _siblings(self) -> dict[str, list[str]]:
        """Generic posts, each with its versions in provinces."""
        found: dict[str, list[str]] = {}
        for (post, by), generics in self.registry.links.items():
            if by == "isVersionOf":
                for generic in generics:
                    found.setdefault(generic, []).append(post)
        return found

    def _generic(self, key: str, province: str) -> str:
        """The post of every province that a folded name means, with or without the name of the unit in it."""
        unit = fold(self._called(province)) if province else ""
        stem = key.removesuffix(f" {unit}").strip() if unit else key
        without = re.sub(r" (?:tinh|thanh pho)\Z", "", stem)
        party = re.sub(r" thanh uy\b", " tinh uy", stem)
        for candidate in (stem, party, without, f"{without} tinh", f"{party} tinh", f"{without} thanh pho"):
            for post in self.registry.names.get(candidate, ()):
                if post.startswith("post:") and self._is_generic(post):
                    return post
        return ""

    def _of_province(self, generic: str, province: str, key: str) -> str:
        """A generic post in one province: there already, or made with its body."""
        post = f"{generic}_{province.removeprefix('province:')}"
        if self.registry.has(post):
            return post
        versions = self._siblings.get(generic, [])
        stems = sorted({self.registry.link(each, "postIn").partition("_")[0] for each in versions} - {""})
        stem = stems[0] if stems else "body:" + _OFFICE.sub("", generic.removeprefix("post:"), count=1)
        city = self._is_city(province, key)
        body = self._body(stem, province, city)
        vi = self._placed(self._shortest(generic), province, city)
        en = self.registry.english.get(generic, "")
        labels = f"{literal_term(vi)}@vi"
        if en:
            labels += f", {literal_term(f'{en}, {self._english(province)}')}@en"
        self._make(
            "posts", post, "td:Post", f"skos:prefLabel {labels}", f"dct:isVersionOf {generic}", f"org:postIn {body}"
        )
        return post

    def _shortest(self, generic: str) -> str:
        """A generic post's name as the registry writes it of one province, with its abbreviations."""
        label = self.registry.labels.get(generic, "")
        return label.replace("Ủy ban nhân dân", "UBND").replace("Hội đồng nhân dân", "HĐND")

    def _body(self, stem: str, province: str, city: bool) -> str:
        body = f"{stem}_{province.removeprefix('province:')}"
        if self.registry.has(body):
            return body
        label, english = "", ""
        for other in sorted(self.registry.labels):
            if other.startswith(f"{stem}_") and (unit := self.registry.link(other, "ofProvince")):
                label = self._moved(self.registry.labels[other], unit, province, city)
                english = self.registry.english.get(other, "").replace(self._english(unit), self._english(province))
                if label:
                    break
        if not label:
            label = f"{stem.removeprefix('body:').replace('-', ' ').capitalize()} {self._called(province)}"
        labels = f"{literal_term(label)}@vi" + (f", {literal_term(english)}@en" if english else "")
        self._make("bodies", body, "td:PublicBody", f"skos:prefLabel {labels}", f"td:ofProvince {province}")
        return body

    def _is_city(self, province: str, key: str) -> bool:
        """Whether a unit is called a city where its post is printed; where that says neither, whether it is one."""
        if re.search(r"\bthanh (?:pho|uy)\b", key):
            return True
        return self.registry.is_city(province) and not re.search(r"\btinh\b", key)

    def _moved(self, label: str, unit: str, province: str, city: bool) -> str:
        """The name of a body of one unit as that of another's; empty where the first unit's name does not end it."""
        called = self._called(unit)
        if not label.endswith(called):
            return ""
        return self._placed(label.removesuffix(called).strip(), province, city)

    def _placed(self, name: str, province: str, city: bool) -> str:
        """A name that ends with *tỉnh*, or speaks of a *Tỉnh ủy*, of one unit, which may be a city."""
        stem = re.sub(r" (?:tỉnh|thành phố)\Z", "", name)
        if re.search(r"(?:Tỉnh|Thành) ủy\b", stem):
            return (
                re.sub(r"(?:Tỉnh|Thành) ủy\b", "Thành ủy" if city else "Tỉnh ủy", stem) + f" {self._called(province)}"
            )
        return f"{stem} {'thành phố' if city else 'tỉnh'} {self._called(province)}"

    def _called(self, province: str) -> str:
        return self.registry.labels.get(province, "")

    def _english(self, province: str) -> str:
        return self.registry.english.get(province, "") or self._called(province)

    def giver(self, printed: str, province: str, day: str, kinds: tuple[str, ...] = ("post", "body")) -> str:
        """Who gives an award, a post or a body, by its local id or its name; empty where the registry has none.

        :param kinds: which are looked for first.
        """
        if self.registry.has(printed):
            return printed
        for kind in kinds:
            if self.registry.has(f"{kind}:{printed}"):
                return f"{kind}:{printed}"
        key = re.sub(r"\bcp\Z", "chinh phu", fold(printed))
        # Of several provinces, the post that stands for that of every one.
        several = re.search(r"\bcac (?=tinh\b|dia phuong\b)", key) is not None
        key = re.sub(r"\bcac (?=tinh\b)", "", key)
        if generic := self._generic(key, province):
            return self._of_province(generic, province, key) if province and not several else generic
        # What is printed may name its unit, or be a body of the unit that is spoken of.
        names = (key, f"{key} {fold(self._called(province))}") if province else (key,)
        for name in names:
            found = [thing for thing in self.registry.names.get(name, ()) if thing.startswith(("post:", "body:"))]
            fitting = [thing for thing in found if thing.startswith("body:") or self._fits(thing, "", day)]
            if fitting:
                return min(fitting, key=lambda thing: kinds.index(thing.partition(":")[0]))
        return ""

    def movement(self, printed: str) -> str:
        """A movement that the registry lacks, or has under the printed name."""
        if known := self.registry.called(printed, "movement"):
            return known[0]
        name = " ".join(printed.split()).strip(" .,;:\"'“”‘’")
        key = slug(name)[:_LONGEST_KEY].strip("-")
        if not key:
            return ""
        movement = f"movement:{key}"
        if not self.registry.has(movement):
            label = name[:1].upper() + name[1:]
            self._make(
                "movements", movement, "td:EmulationMovement", f"skos:prefLabel {literal_term(label)}@vi",
                "td:kind c:mov-movement", "td:verification c:ver-unverified",
            )  # fmt: skip
        return movement

    def document(self, number: str, day: str, issuer: str) -> str:
        """A document that the registry lacks, by its number; empty where that does not tell which one it is.

        A number is used again every year, so that without a year it names no document.
        """
        number = "".join(number.split())
        if not _NUMBER.fullmatch(number):
            return ""
        year = found[1] if (found := _YEAR.search(number)) else day[:4]
        letters = re.split(r"[-/]", re.sub(r"\A[0-9]+(?:/[0-9]{4})?[-/]", "", number))[0]
        key, word = _DOCUMENTS["CV"] if letters in _SENDERS else _DOCUMENTS.get(letters, ("", ""))
        if _ASSEMBLY.search(number):
            key, word, year = "luat" if letters.startswith("QH") else key, word or "Luật", year or "assembly"
        if not key or not year:
            return ""
        tail = f"-{year}" if not found and year != "assembly" else ""
        document = f"legal:{key}-{slug(number)}{tail}"
        if not self.registry.has(document):
            facts = [f"skos:prefLabel {literal_term(f'{word} {number}' + (f' ({year})' if tail else ''))}@vi"]
            facts.append(f"eli:id_local {literal_term(number)}")
            if len(day) == len("2024-03-13"):
                facts.append(f'eli:date_document "{day}"^^xsd:date')
            if issuer and (by := self.giver(issuer, "", day, ("body", "post"))):
                facts.append(f"eli:passed_by {by}")
            self._make("legal-documents", document, "td:LegalDocument", *facts, "td:verification c:ver-unverified")
        return document

    def reader(self, name: str) -> str:
        """Who reads sources, by name: the editors, or somebody of whom the registry then tells."""
        if not (key := slug(name)):
            return "agent:editors"
        agent = f"agent:{key}"
        if not self.registry.has(agent):
            self._make("agents", agent, "prov:Agent, foaf:Agent", f"skos:prefLabel {literal_term(name.strip())}@vi")
        return agent

    def _make(self, file: str, thing: str, kind: str, *facts: str) -> None:
        self.made.setdefault(file, {}).setdefault(thing, [f"a {kind}", *facts])

    def turtle(self) -> dict[str, str]:
        """By file: what to add to it, with the prefixes that it uses."""
        return {file: "\n".join(_document(things)) for file, things in sorted(self.made.items())}


def _document(things: Mapping[str, list[str]]) -> Iterator[str]:
    blocks = [f"{thing}\n    " + " ;\n    ".join(facts) + " .\n" for thing, facts in sorted(things.items())]
    yield "\n".join(prefixes("".join(blocks))) + "\n"
    yield from blocks


#: Prefixed names, outside of texts and of other IRIs.
_PREFIXED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|<[^>]*>|(?<![\w:-])([a-z]+):')


def prefixes(text: str) -> list[str]:
    """The declarations of the prefixes that a text of ours uses, in our order."""
    used = {found[1] for found in _PREFIXED.finditer(text) if found[1]}
    return [f"@prefix {name}: <{PREFIXES[name]}> ." for name in PREFIXES if name in used]
