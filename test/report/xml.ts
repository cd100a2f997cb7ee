/**
 * A strict little XML reader for tests: elements, attributes, text. Throws where a document is not well-formed.
 *
 * Knows the declaration and the five predefined entities; no comments, CDATA, DOCTYPE or namespaces, which we do not write.
 * XML 1.0 §2.2 (characters), §2.4 (markup), §3 (elements match, attributes are unique).
 */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

const TOKEN = /<\/([\w.-]+)\s*>|<([\w.-]+)((?:\s+[\w.-]+="[^<"]*")*)\s*(\/?)>|([^<]+)/gy;
const FORBIDDEN = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export function parseXml(source: string): XmlElement {
  const bad = FORBIDDEN.exec(source);
  if (bad !== null) throw new Error(`U+${source.codePointAt(bad.index)?.toString(16)} may not stand in XML`);
  const body = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, '').trimEnd();
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const stack: Open[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < body.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(body);
    if (token === null) throw new Error(`no markup at ${at}: ${body.slice(at, at + 60)}`);
    step(stack, token);
  }
  const [only, ...more] = root.children;
  if (stack.length !== 1 || only === undefined || more.length > 0 || root.text.trim() !== '') {
    throw new Error('not exactly one closed root element');
  }
  return only;
}

function step(stack: Open[], [, closing, opening, attributes, isEmpty, text]: RegExpExecArray): void {
  const current = stack[stack.length - 1];
  if (current === undefined) throw new Error('text after the end');
  if (text !== undefined) current.text += decoded(text);
  if (closing !== undefined) {
    if (closing !== current.name) throw new Error(`</${closing}> closes <${current.name}>`);
    stack.pop();
  }
  if (opening !== undefined) {
    const element: Open = {
      name: opening,
      attributes: readAttributes(attributes ?? ''),
      children: [],
      text: '',
    };
    current.children.push(element);
    if (isEmpty === '') stack.push(element);
  }
}

function readAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', value = ''] of source.matchAll(/([\w.-]+)="([^"]*)"/g)) {
    if (name in attributes) throw new Error(`${name} stands twice`);
    attributes[name] = decoded(value);
  }
  return attributes;
}

function decoded(text: string): string {
  return text.replace(/&([^;]*;?)/g, (whole, name: string) => {
    const character = ENTITIES[name.slice(0, -1)];
    if (!name.endsWith(';') || character === undefined) throw new Error(`${whole} is no entity`);
    return character;
  });
}
