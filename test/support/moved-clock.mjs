// Loaded before a process' own code (`node --import`): its clock is off by CLOCK_OFF_MS, and after the
// signal SIGUSR2 by as much the other way. The monotonic clock is left alone, as by a real jump.
const RealDate = globalThis.Date;
let offMs = Number(process.env.CLOCK_OFF_MS ?? 0);
process.on('SIGUSR2', () => (offMs = -offMs));

const now = () => RealDate.now() + offMs;

globalThis.Date = class Date extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(now());
    else super(...parts);
  }

  static now() {
    return now();
  }
};
