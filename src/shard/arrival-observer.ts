/** Arrival observer: what load tells of the iterations of one executor, counted; lateness only where they come by a rate. */
import type { LoadObserver } from '../load/workload.js';
import type { ExecutorSpec } from '../scenario/executor-spec.js';
import type { Measurements } from './measurements.js';

/** `steadyFromUs`: when the warm-up of the executor ends; asked anew, because a run starts later than it is made. */
export function arrivalObserver(
  spec: ExecutorSpec,
  measurements: Measurements,
  steadyFromUs: () => number,
): LoadObserver {
  const isOpen = 'preAllocatedVUs' in spec;
  const isSteady = (scheduledAtUs: number) => scheduledAtUs >= steadyFromUs();
  return {
    started: ({ scheduledAtUs, startedAtUs }) => {
      measurements.iterationStarted(isSteady(scheduledAtUs));
      if (isOpen) measurements.arrivalStarted(startedAtUs - scheduledAtUs);
    },
    dropped: (scheduledAtUs, count) => {
      measurements.iterationsDropped(count, isSteady(scheduledAtUs));
      if (isOpen) measurements.arrivalsDropped(count);
    },
  };
}
