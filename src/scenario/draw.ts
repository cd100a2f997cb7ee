/** Draw in [0, 1), a pure function of a number (a message's, an iteration's) and a purpose; its maker binds it to the seed. */
export type Draw = (number: number, purpose: number) => number;
