// eslint-disable-next-line no-control-regex -- these are the characters to take out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** One line without control characters: what a provider said must not move the cursor. */
export function oneLine(text: string): string {
  return text.replace(CONTROLS, ' ').trim();
}
