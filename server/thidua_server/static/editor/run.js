// Asking the service, and putting its refusals into words.

import { t } from './text.js';

export class Problem extends Error {
  constructor(body, wait) {
    super(body.detail);
    Object.assign(this, { code: body.code, status: body.status, line: body.line, column: body.column, wait });
  }
}

/** POST a query. `asked` are fields of the protocol; empty ones are left out. */
export async function ask(address, asked, accept, signal) {
  const body = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
  const headers = { Accept: accept, 'Accept-Language': document.documentElement.lang };
  const response = await fetch(address, { method: 'POST', body, headers, signal });
  if (response.ok) return response;
  let said = { status: response.status, code: 'internal-error', detail: response.statusText };
  try { said = await response.json(); } catch { /* a proxy's page, or nothing */ }
  throw new Problem(said, +response.headers.get('Retry-After') || null);
}

/** Why an answer may be empty, where the service knows: Display Strings (RFC 9651). */
export function hints(response) {
  const said = response.headers.get('Query-Hint') ?? '';
  return [...said.matchAll(/%"([^"]*)"/g)].map(([, text]) => {
    try { return decodeURIComponent(text); } catch { return text; }
  });
}

/** What the reader can do about it. */
export function advice(problem) {
  if (problem.wait) return t(`Thử lại sau ${problem.wait} giây.`, `Try again in ${problem.wait} ${problem.wait === 1 ? 'second' : 'seconds'}.`);
  switch (problem.code) {
    case 'query-syntax':
      if (/PREFIX [^\s:]*: </.test(problem.message)) return t('Khai báo tiền tố ấy bằng một dòng PREFIX; gõ lại dấu hai chấm thì dòng ấy tự thêm nếu đồ thị biết nó.', 'Declare that prefix by a PREFIX line; typing its colon again adds the line if the graph knows it.');
      return t('Sửa dòng được đánh dấu rồi chạy lại; lỗi thường ở ngay trước chỗ ấy.', 'Mend the marked line and run again; the mistake is often just before that place.');
    case 'query-refused':
      return t('Bỏ phần không được phép (SERVICE, cập nhật) rồi chạy lại.', 'Take out what is not allowed (SERVICE, updates) and run again.');
    case 'query-timeout':
      return t('Cho thêm thời gian nếu còn, hoặc hỏi ít hơn: thêm LIMIT, nêu rõ lớp hay tên.', 'Allow more time if there is more, or ask for less: add a LIMIT, name a class or a thing.');
    case 'query-memory': case 'answer-too-large':
      return t('Hỏi ít hơn: thêm LIMIT, bớt cột, hoặc lọc sớm hơn.', 'Ask for less: add a LIMIT, drop columns, or filter earlier.');
    case 'too-busy': case 'too-many-requests': case 'query-cancelled':
      return t('Đợi một lát rồi chạy lại.', 'Wait a moment and run again.');
    case 'offline':
      return t('Kiểm tra đường mạng rồi chạy lại.', 'Check the connection and run again.');
    case 'not-found':
      return t('Chọn phiên bản khác trong danh sách.', 'Choose another version from the list.');
    default:
      return problem.status >= 500 ? t('Thử lại sau ít phút.', 'Try again in some minutes.') : t('Sửa câu truy vấn rồi chạy lại.', 'Mend the query and run again.');
  }
}
