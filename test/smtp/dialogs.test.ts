import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseDialogs, playDialog } from './dialog.js';

const FOLDER = new URL('../../test/dialogs/', import.meta.url);

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

for (const file of files) {
  describe(file, () => {
    for (const dialog of parseDialogs(readFileSync(new URL(file, FOLDER), 'utf8'))) {
      test(`${dialog.title} (line ${dialog.line})`, () => playDialog(dialog));
    }
  });
}

describe('the player of dialogs', () => {
  const play = (text: string) => () => {
    for (const dialog of parseDialogs(text)) playDialog(dialog);
  };

  test('finds dialogs to play', () => assert.ok(files.length > 5));

  test('objects to a line the client does not say', () => {
    assert.throws(play('## x\nstay\nS: 220 hi\nC: HELO client.example.test'), /line 4/);
  });

  test('objects to a line the dialog does not have', () => {
    assert.throws(play('## x\nstay\nS: 220 hi\n= session open'), /said more/);
  });

  test('objects to an outcome that is not so', () => {
    assert.throws(
      play('## x\nsend a@example.test\nS: 554 no\n= 1 rejected code=421\n= session closed'),
      /line 4/,
    );
  });

  test('objects to a message it says nothing of', () => {
    assert.throws(play('## x\nsend a@example.test\nS: 554 no\n= session closed'), /every message/);
  });

  test('objects to two writes where one is expected', () => {
    assert.throws(play('## x\nstay\nS: 220 hi\nC+ EHLO client.example.test'), /same write/);
  });
});
