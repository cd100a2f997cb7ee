import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadPageAssets } from '#src/report/page-assets.js';

describe('page assets', () => {
  it('hold uPlot and our compiled page, which is plain script', () => {
    const { script, style } = loadPageAssets();
    assert.match(script, /uPlot/);
    assert.match(script, /function readTheme\(/);
    assert.match(script, /start\(\);/);
    assert.doesNotMatch(script, /^\s*(import|export)\s/m);
    assert.match(style, /\.u-legend/);
  });

  it('parse as one script', () => {
    assert.doesNotThrow(() => new Function(loadPageAssets().script));
  });
});
