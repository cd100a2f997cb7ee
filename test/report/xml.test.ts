import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseXml } from './xml.js';

describe('the XML reader of the tests', () => {
  it('reads elements, attributes and text', () => {
    const root = parseXml('<?xml version="1.0" encoding="UTF-8"?>\n<a b="&lt;1&gt;"><c/>x &amp; y</a>\n');
    assert.deepEqual(root, {
      name: 'a',
      attributes: { b: '<1>' },
      children: [{ name: 'c', attributes: {}, children: [], text: '' }],
      text: 'x & y',
    });
  });

  it('refuses what is not well-formed', () => {
    const broken = [
      '<a>',
      '<a></b>',
      '<a>&bad;</a>',
      '<a b="<"/>',
      '<a b="1" b="2"/>',
      '<a/><b/>',
      '<a>\u0001</a>',
      '<a>&</a>',
      'x',
    ];
    for (const source of broken) assert.throws(() => parseXml(source), Error, source);
  });
});
