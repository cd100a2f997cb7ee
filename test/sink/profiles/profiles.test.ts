import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Behaviour } from '#src/sink/behaviours/behaviour.js';
import { loadBehaviours } from '#src/sink/behaviours/load-behaviours.js';
import { PROFILES } from '#src/sink/profiles/profiles.js';

function behavioursOf(profile: string): readonly Behaviour[] {
  const none = { text: '', path: '', seed: 1, bounceTo: null };
  return loadBehaviours({ ...none, profile, profiles: PROFILES }).behaviours;
}

test('every behaviour of every profile stands in docs/receiver-profiles.md with the reply it gives', async () => {
  const page = await readFile('docs/receiver-profiles.md', 'utf8');
  for (const profile of Object.keys(PROFILES)) {
    const section = page.split(/^## /m).find((part) => part.startsWith(`\`${profile}\``)) ?? '';
    for (const { name, outcome } of behavioursOf(profile)) {
      assert.ok(outcome?.kind === 'reply' || outcome?.kind === 'throttle');
      const { code, enhanced } = outcome.reply;
      const row =
        section.split('\n').find((line) => line.includes(`| \`${name.replace(/^\w+\//, '')}\` |`)) ?? '';
      assert.ok(
        row.includes(`\`${`${code} ${enhanced}`.trim()}\``),
        `${name} ${code} ${enhanced} in: ${row}`,
      );
    }
  }
});
