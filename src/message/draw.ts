/** Draw in [0, 1), a pure function of the message's number and the purpose. */
export type Draw = (number: number, purpose: number) => number;
