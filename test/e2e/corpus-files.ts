/** A small corpus of each kind, with what is awkward about each, and the wire form of its messages. */

const FROM = 'From a@x.test Mon Nov 16 09:00:00 2026';

/** By path; one byte a character. */
export const CORPUS_FILES: Readonly<Record<string, string>> = {
  'eml/lf.eml': 'From: a@x.test\nMessage-ID: <1@x.test>\nSubject: LF, no end\n\n.\n..\n.dot\nlast',
  'eml/crlf.eml':
    'From: a@x.test\r\nMessage-ID:\r\n <2@x.test>\r\nSubject: CRLF\r\n\r\n\r\n \ttrailing \r\n\r\n\r\n',
  'eml/sub/8bit.eml':
    'From: a@x.test\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nHell\xc3\xb6\n',
  box: `${FROM}\nFrom: b@x.test\nSubject: quoted\n\n>From one\n>>From two\n\nFrom here on text\n\n${FROM}\nFrom: b@x.test\nSubject: empty\n\n\n`,
  'md/cur/2.host:2,S': 'From: c@x.test\nSubject: read\n\nx\n',
  'md/new/1.host': 'From: c@x.test\nSubject: unread\n\ny\n',
  'md/tmp/3.host': 'From: c@x.test\nSubject: unfinished\n\n',
};

/** What must arrive of each, below the stamp. */
export function wireFormsOf(): readonly string[] {
  return [
    'From: a@x.test\r\nMessage-ID: <1@x.test>\r\nSubject: LF, no end\r\n\r\n.\r\n..\r\n.dot\r\nlast\r\n',
    'From: a@x.test\r\nMessage-ID:\r\n <2@x.test>\r\nSubject: CRLF\r\n\r\n\r\n \ttrailing \r\n\r\n\r\n',
    'From: a@x.test\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHell\xc3\xb6\r\n',
    'From: b@x.test\r\nSubject: quoted\r\n\r\nFrom one\r\n>From two\r\n\r\nFrom here on text\r\n',
    'From: b@x.test\r\nSubject: empty\r\n\r\n',
    'From: c@x.test\r\nSubject: read\r\n\r\nx\r\n',
    'From: c@x.test\r\nSubject: unread\r\n\r\ny\r\n',
  ];
}
