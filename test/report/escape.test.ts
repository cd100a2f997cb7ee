import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { html, markdown, markdownCode, scriptJson, visible, xml } from '#src/report/escape.js';
import { HOSTILE } from './fixture.js';

/** Any text a server could send: every code unit, lone surrogates too, and what formats react to more often. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      "'",
      '`',
      '|',
      '\\',
      '\u001b',
      '\r',
      '\n',
      '<script',
      ']]>',
      '--',
      '\u202e',
    ),
  ),
});

describe('visible', () => {
  it('writes out escape sequences, C1 controls, bidi controls and NUL', () => {
    assert.equal(
      visible('\u001b[31m \u009b2J \u202e \u2066 \u0000'),
      '\\x1b[31m \\x9b2J \\u202e \\u2066 \\x00',
    );
  });

  it('shows the lines of a reply as one', () => {
    assert.equal(visible('250-one\r\n250 two'), '250-one ⏎ 250 two');
  });

  it('leaves letters of any script and emoji alone', () => {
    assert.equal(visible('Grüße, 世界 👍 ﷼ עברית'), 'Grüße, 世界 👍 ﷼ עברית');
  });

  it('writes out lone surrogates, zero-width characters and tags', () => {
    assert.equal(visible('\ud800 \u200b \ufeff \u{e0041}'), '\\ud800 \\u200b \\ufeff \\u{e0041}');
  });

  it('never yields a character that acts instead of showing', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.doesNotMatch(
          visible(text),
          /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]/,
        );
      }),
    );
  });
});

describe('html', () => {
  it('quotes markup once', () => {
    assert.equal(html('<b a="1">\'&amp;\'</b>'), '&lt;b a=&quot;1&quot;&gt;&#39;&amp;amp;&#39;&lt;/b&gt;');
  });

  it('never yields a bracket or a quote', () => {
    fc.assert(fc.property(anyText, (text) => assert.doesNotMatch(html(text), /[<>"']/)));
  });
});

describe('xml', () => {
  it('only yields characters that XML 1.0 allows, and no markup', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.match(xml(text), /^(?:[\u0020-\ud7ff\ue000-\ufffd]|[\u{10000}-\u{10ffff}])*$/u);
        assert.doesNotMatch(xml(text), /[<>"']|&(?!(amp|lt|gt|quot|apos);)/);
      }),
    );
  });
});

describe('markdown', () => {
  it('breaks no table, opens no code, links nothing and mentions nobody', () => {
    const text = markdown(HOSTILE);
    assert.doesNotMatch(text.replace(/&#\d+;/g, ''), /[<>&`|*[\]\\@#]/);
    assert.match(text, /&#124; pipe/);
    assert.match(text, /&#64;team/);
  });

  it('keeps what is harmless as it is', () => {
    assert.equal(
      markdown('p(95) of smtp_message_duration was 3.13ms, at 08:14'),
      'p(95) of smtp_message_duration was 3.13ms, at 08:14',
    );
  });

  it('makes no link, emoji or emphasis', () => {
    assert.equal(markdown('http://x www.x :smile: _a_'), 'http&#58;//x www&#46;x &#58;smile: &#95;a&#95;');
  });

  it('starts no list', () => {
    assert.deepEqual(['- a', '1. a', '1) a', '+ a'].map(markdown), [
      '&#45; a',
      '1&#46; a',
      '1&#41; a',
      '&#43; a',
    ]);
  });

  it('leaves an empty sample empty', () => {
    assert.equal(markdownCode(''), '');
    assert.equal(markdownCode('250 ok'), '<code>250 ok</code>');
  });
});

describe('scriptJson', () => {
  it('reads back as what it was and cannot end a script element', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = scriptJson({ text });
        assert.doesNotMatch(json, /[<>&\u2028\u2029]/);
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify({ text })));
      }),
    );
  });
});
