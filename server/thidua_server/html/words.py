"""Display labels in both languages for codes of the graph, and for properties of other vocabularies."""

from collections.abc import Mapping
from typing import Final

from thidua.questions import certainty

Words = Mapping[str, Mapping[str, str]]


def _read(table: str) -> Words:
    lines = (line.split("|") for line in table.strip().splitlines())
    return {code.strip(): {"vi": vi.strip(), "en": en.strip()} for code, vi, en in lines}


def _read_codes(table: str) -> Mapping[str, Words]:
    lines = [[part.strip() for part in line.split("|")] for line in table.strip().splitlines()]
    return {
        column: {code: {"vi": vi, "en": en} for columns, code, vi, en in lines if column in columns.split()}
        for column in {each for columns, *_ in lines for each in columns.split()}
    }


#: Columns whose values are codes, and what the codes mean; those of certainty have theirs in the library.
CODES: Final = _read_codes("""
role what              | head             | cụm trưởng                  | head
role                   | deputy           | cụm phó                     | deputy
what                   | deputy           | cụm phó                     | deputy
rank                   | normal           | thường                      | normal
rank                   | preferred        | được chọn                   | preferred
rank                   | deprecated       | đã bác                      | rejected
relation               | itself           | chính nó                    | itself
relation               | predecessor      | đơn vị trước                | predecessor
relation               | successor        | đơn vị sau                  | successor
relation               | merged-with      | nhập cùng                   | merged with it
relation               | exact            | chính là                    | exact
relation               | close            | gần với                     | close
relation               | code             | mã                          | code
relation               | see-also         | xem thêm                    | see also
method                 | cited            | được dẫn                    | cited
method                 | dataset          | một tập dữ liệu             | a data set
method                 | datasets         | nhiều tập dữ liệu           | several data sets
method                 | evidence         | chứng cứ                    | evidence
method                 | registry         | danh bạ                     | registry
what                   | figure           | số liệu                     | figure
what                   | reading          | một văn bản, hai cách đọc   | one text, two readings
what                   | member list      | danh sách thành viên        | list of members
what                   | cluster          | thuộc hai cụm               | in two clusters
what                   | conference       | hội nghị                    | conference
kind                   | annual           | tổng kết năm                | year-end review
kind                   | mid-year         | sơ kết                      | mid-year review
kind                   | signing          | ký giao ước                 | signing
kind                   | preparatory      | họp trù bị                  | preparatory meeting
kind                   | standing         | họp thường trực             | standing meeting
kind                   | assessment       | đánh giá                    | assessment
kind                   | advice           | đề nghị                     | advice
kind                   | report           | báo cáo                     | report
kind                   | plan             | kế hoạch                    | plan
kind kindFrom kindTo   | province         | tỉnh                        | province
kind kindFrom kindTo   | municipality     | thành phố                   | municipality
kind                   | article          | bài báo                     | article
kind                   | data-set         | tập dữ liệu                 | data set
kind                   | decision         | quyết định                  | decision
kind                   | registry         | danh bạ                     | registry
kind                   | award            | hình thức khen thưởng       | award
kind                   | body             | cơ quan                     | body
kind                   | concept          | khái niệm                   | concept
kind                   | country          | quốc gia                    | country
kind                   | legal            | văn bản                     | document
kind                   | person           | cá nhân                     | person
kind                   | post             | chức vụ                     | post
changeKind             | merger           | hợp nhất                    | merger
changeKind             | absorption       | sáp nhập vào                | absorption
changeKind             | split            | chia tách                   | split
changeKind             | reclassification | đổi loại                    | reclassification
comparator             | more-than        | hơn                         | more than
comparator             | less-than        | dưới                        | less than
comparator             | about            | khoảng                      | about
comparator             | at-least         | ít nhất                     | at least
comparator             | at-most          | nhiều nhất                  | at most
statistic              | mean             | trung bình                  | mean
statistic              | rank             | thứ hạng                    | rank
statistic              | share            | tỷ lệ                       | share
statistic              | total            | tổng số                     | total
statistic              | value            | giá trị                     | value
countOf                | total            | tổng số nguồn nêu           | the total stated
countOf                | parts            | các phần cộng lại           | sum of its parts
wikidataMatch          | exact            | đúng là đơn vị ấy           | the very unit
wikidataMatch          | close            | gần đúng                    | close
verification           | verified         | đã kiểm                     | verified
verification           | partial          | kiểm một phần               | partly verified
verification           | unverified       | chưa kiểm                   | not verified
polarity               | positive         | tích cực                    | positive
polarity               | negative         | tiêu cực                    | negative
polarity               | mixed            | có khen có chê              | mixed
""")

#: Columns whose own label is made for a program.
COLUMNS: Final = _read("""
certainty    | mức chắc                    | certainty
support      | cách nêu                    | support
reading      | cách đọc                    | reading
time         | thời điểm                   | time
basis        | cơ sở                       | basis
status       | tình trạng                  | status
recipients   | đối tượng                   | recipients
share        | % cho cơ sở                 | small-unit share
relation     | đơn vị ấy là                | that unit is its
measure      | đơn vị tính                 | unit
count        | số lượng                    | how many
countOf      | số lượng là                 | counted as
wikidataMatch | khớp với Wikidata          | Wikidata match
wikidataUnits | số đơn vị cùng mục         | units of this item
yearA        | năm                         | year
yearB        | năm                         | year
what         | loại                        | kind
subject      | khác nhau về                | they differ about
claimA       | một nguồn nói               | one source says
claimB       | nguồn kia nói               | the other says
sourceA      | nguồn ấy                    | that source
sourceB      | nguồn kia                   | the other source
date         | ngày                        | day
on           | tại ngày                    | on
conferenceDate | ngày                      | day
confidence   | độ tin cậy                  | confidence
conference   | hội nghị                    | conference
record       | bản ghi                     | record
evidence     | chứng cứ                    | evidence
supportA     | nêu                         | stated?
supportB     | nêu                         | stated?
startOffset  | từ ký tự                    | from
endOffset    | đến                         | to
shareIs      | tỷ lệ ấy                    | that share is
fromYear     | từ năm                      | from
toYear       | đến năm                     | to
changeKind   | thay đổi                    | change
verification | kiểm chứng                  | verified
calendarYear | năm họp                     | held in
kindFrom     | trước là                    | was
kindTo       | nay là                      | became
change       | lần sắp xếp                 | change
seenOn       | được thấy                   | seen on
official     | người                       | person
total        | tổng số                     | total
""")


def in_words(column: str, value: str, language: str) -> str | None:
    """A code of a column in words; None where the column holds none, or none that is known."""
    if certainty.is_coded(column):
        return certainty.in_words(column, value, language)
    known = CODES.get(column, {}).get(value)
    return known[language] if known else None


#: Properties, by their local names, and columns whose numbers are years; a test looks for others.
_YEARS: Final = frozenset({"year", "yearA", "yearB", "fromYear", "toYear", "firstYear", "lastYear", "calendarYear"})


def is_year(name: str) -> bool:
    """Whether the numbers of a property or a column are years, which are written without separators.

    :param name: an IRI, a short name such as ``td:year``, or a column's.
    """
    return name.replace("#", "/").replace(":", "/").rpartition("/")[2] in _YEARS


#: Columns that hold the record that the line is about.
ROWS: Final = _read("""
conference   | chi tiết                    | details
record       | chi tiết                    | details
""")

#: Kinds of records, as that through which two resources are linked.
RECORDS: Final = _read("""
head         | cụm trưởng                  | head
deputy       | cụm phó                     | deputy head
member       | thành viên                  | member
holding      | chức vụ                     | post held
edition      | kỳ hoạt động                | edition
conf         | hội nghị                    | conference
conferral    | khen thưởng                 | award
handover     | bàn giao                    | hand-over
part         | tham dự                     | attendance
remark       | phát biểu                   | remark
engagement   | hưởng ứng phong trào        | movement joined
change       | sắp xếp đơn vị              | change of units
obs          | số liệu                     | figure
agreement    | giao ước                    | agreement
""")

#: Properties of other vocabularies, which the ontology does not label.
PROPERTIES: Final = _read("""
rdf:type                 | là                          | is a
rdfs:label               | nhãn                        | label
rdfs:seeAlso             | xem thêm                    | see also
rdfs:comment             | ghi chú                     | comment
skos:prefLabel           | tên                         | name
skos:altLabel            | tên khác                    | other name
skos:definition          | định nghĩa                  | definition
skos:scopeNote           | phạm vi                     | scope note
skos:editorialNote       | ghi chú biên tập            | editorial note
skos:notation            | ký hiệu                     | notation
skos:inScheme            | trong danh mục              | in scheme
skos:broader             | thuộc                       | broader
skos:exactMatch          | chính là                    | exact match
skos:closeMatch          | gần như                     | close match
dct:source               | nguồn                       | source
dct:description          | nội dung                    | description
dct:title                | tên                         | title
dct:identifier           | mã                          | identifier
dct:creator              | tác giả                     | author
dct:issued               | ngày ban hành               | issued
dct:license              | giấy phép                   | licence
dct:isReplacedBy         | được thay bằng              | replaced by
dct:isVersionOf          | là một kỳ của               | version of
schema:subjectOf         | lấy từ                      | derived from
org:member               | là của                      | member
org:heldBy               | người giữ                   | held by
org:memberDuring         | trong kỳ                    | member during
org:organization         | thuộc                       | organization
org:role                 | vai trò                     | role
org:postIn               | chức vụ tại                 | post in
org:resultedFrom         | sinh ra từ                  | resulted from
org:originalOrganization | đơn vị cũ                   | original unit
org:resultingOrganization | đơn vị mới                 | resulting unit
schema:name              | tên                         | name
schema:url               | địa chỉ                     | address
schema:publisher         | nơi đăng                    | publisher
schema:author            | tác giả                     | author
schema:creditText        | ghi tên                     | credit
schema:datePublished     | ngày đăng                   | published
schema:dateModified      | ngày cập nhật               | last changed
schema:sourceOrganization | cơ quan của tác giả        | office of the author
schema:location          | nơi                         | place
schema:archivedAt        | bản lưu (chưa kiểm tra)     | archived copy (not checked)
td:archivedAt            | bản lưu (chưa kiểm tra)     | archived copy (not checked)
schema:inLanguage        | ngôn ngữ                    | language
schema:latitude          | vĩ độ                       | latitude
schema:longitude         | kinh độ                     | longitude
eli:id_local             | số hiệu                     | number
eli:type_document        | loại văn bản                | type of document
eli:passed_by            | cơ quan ban hành            | passed by
eli:date_document        | ngày ban hành               | date of the document
eli:first_date_entry_in_force | có hiệu lực từ         | in force from
eli:date_no_longer_in_force | hết hiệu lực ngày        | no longer in force on
eli:changes              | sửa đổi                     | changes
eli:repealed_by          | bị bãi bỏ hoặc thay thế bởi | repealed by
oa:hasSource             | trong nguồn                 | in source
oa:hasSelector           | chỗ                         | selector
oa:start                 | từ ký tự                    | first character
oa:end                   | đến trước ký tự             | character after the last
sdmxm:obsValue           | giá trị                     | value
opengov:post             | giữ chức vụ                 | holds the post
dct:type                 | loại                        | kind
schema:startDate         | từ ngày                     | from
schema:endDate           | đến ngày                    | until
time:inXSDDate           | ngày                        | day
time:hasBeginning        | bắt đầu                     | begins
time:hasEnd              | kết thúc                    | ends
prov:wasGeneratedBy      | từ lần đọc                  | made by
prov:used                | dùng                        | used
prov:wasAssociatedWith   | do                          | carried out by
prov:hadPrimarySource    | lấy từ nguồn                | taken from
sdmxd:refPeriod          | kỳ số liệu                  | period
sdmxd:refArea            | nơi                         | area
qb:dataSet               | thuộc bộ số liệu            | in data set
rdfs:isDefinedBy         | định nghĩa ở                | defined in
rdfs:domain              | chủ thể thuộc lớp           | subject is of class
rdfs:range               | giá trị thuộc lớp           | value is of class
rdfs:subClassOf          | lớp rộng hơn                | wider class
rdfs:subPropertyOf       | thuộc tính rộng hơn         | wider property
skos:example             | ví dụ                       | example
void:linkPredicate       | nối bằng                    | linked by
void:subset              | gồm                         | contains
void:subjectsTarget      | nối từ                      | links from
void:objectsTarget       | nối tới                     | links to
void:uriRegexPattern     | dạng địa chỉ                | pattern of addresses
sdmxa:unitMeasure        | đơn vị tính                 | unit
""")
