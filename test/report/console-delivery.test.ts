import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { renderDelivery } from '#src/report/console-delivery.js';
import { columns } from '#src/report/terminal.js';
import { deliveredResult, deliveryDetails, passedResult, soundlyDeliveredResult } from './fixture.js';

const PLAIN = pc.createColors(false);

test('a run without proof of delivery has no such section', () => {
  assert.deepEqual(renderDelivery(passedResult(), null, { colors: PLAIN, width: 80 }), []);
});

test('a complete delivery says so in one sentence, and shows what might have been', () => {
  const lines = renderDelivery(soundlyDeliveredResult(), null, { colors: PLAIN, width: 100 });
  assert.deepEqual(lines, [
    '  █ DELIVERY  COMPLETE',
    '    All 29,734 accepted copies arrived, each exactly once and whole.',
    '    29,734  delivered                 100%  arrived at least once',
    '         0  bounced                     0%  the sender was told that it failed',
    '         0  pending                     0%  not seen yet, may still be queued',
    '         0  lost                        0%  accepted and never seen',
    '         0  duplicated                      arrivals beyond the first',
    '         0  corrupted                       the body is not what was sent',
  ]);
});

test('copies that are missing are named, with the reply they were accepted with', () => {
  const text = renderDelivery(deliveredResult(), deliveryDetails(), { colors: PLAIN, width: 100 }).join('\n');
  assert.match(text, /NOT COMPLETE/);
  assert.match(text, /3 lost, 1 bounced, 2 duplicated, 1 corrupted/);
  assert.match(
    text,
    /lost message 4711 {2}user711@a\.example\.test\n {6}250 2\.0\.0 Ok: queued as 4XyZ7b1K2mz9/,
  );
  assert.match(text, /Placement: inbox 29,000, junk 730\./);
  assert.match(text, /stalled\.example\.test +7,433 +0 +4\.10s +21\.0s/);
});

test('no line is wider than the terminal, and nothing hostile gets through', () => {
  for (const width of [40, 44, 60, 80, 132]) {
    for (const line of renderDelivery(deliveredResult(), deliveryDetails(), { colors: PLAIN, width })) {
      assert.ok(columns(line) <= width, `${width}: ${line}`);
      assert.equal(stripVTControlCharacters(line), line);
      assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/);
    }
  }
});
