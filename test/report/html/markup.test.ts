import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { markup, preformatted, trusted } from '#src/report/html/markup.js';

describe('markup', () => {
  it('escapes strings, keeps markup, joins lists, drops null and false', () => {
    const cells = ['<a>', 'b'].map((text) => markup`<td>${text}</td>`);
    assert.equal(
      markup`<tr title="${'"x"'}">${cells}${null}${false}${7}${trusted('<br>')}</tr>`.markup,
      '<tr title="&quot;x&quot;"><td>&lt;a&gt;</td><td>b</td>7<br></tr>',
    );
  });

  it('keeps the line ends of preformatted text and nothing else', () => {
    assert.equal(preformatted('a:\n  <b>\u001b').markup, 'a:\n  &lt;b&gt;\\x1b');
  });
});
