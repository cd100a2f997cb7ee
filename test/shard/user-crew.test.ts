import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { User, UserContext } from '#src/shard/user.js';
import { UserCrew } from '#src/shard/user-crew.js';

class FakeUser implements User {
  retirements = 0;
  hasSession = true;
  iterate(): void {}
  interrupt(): void {}
  retire(): void {
    this.retirements++;
  }
}

function crewOf(): { readonly crew: UserCrew; readonly made: FakeUser[] } {
  const made: FakeUser[] = [];
  const create = () => {
    const user = new FakeUser();
    made.push(user);
    return user;
  };
  return { crew: new UserCrew(create, () => ({}) as UserContext), made };
}

test('a VU keeps its user until it is retired, and is another one when it comes back', () => {
  const { crew, made } = crewOf();
  assert.equal(crew.find(3), undefined);
  assert.equal(crew.of(3), crew.of(3));
  crew.retire(3);
  assert.equal(crew.find(3), made[0]);
  assert.equal(crew.of(3), made[1]);
  assert.equal(crew.find(3), made[1]);
  assert.deepEqual([made.length, made[0]?.retirements, made[1]?.retirements], [2, 1, 0]);
});

test('a VU that is sent away before it iterates again has nobody to retire', () => {
  const { crew, made } = crewOf();
  crew.retire(5);
  crew.of(3);
  crew.retire(3);
  crew.retire(3);
  assert.equal(made[0]?.retirements, 1);
});

test('former users stay on the list as long as their session is open', () => {
  const { crew, made } = crewOf();
  for (let times = 0; times < 3; times++) {
    crew.of(1);
    crew.retire(1);
  }
  assert.deepEqual(crew.all(), [made[2], made[0], made[1]]);
  made[0]!.hasSession = false;
  crew.of(1);
  assert.deepEqual(crew.all(), [made[3], made[1], made[2]]);
});
