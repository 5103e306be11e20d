/** What PromQL itself brings: functions and keywords. */
const WORDS = new Set([
  ...['sum', 'max', 'min', 'avg', 'count', 'topk', 'rate', 'increase', 'histogram_quantile'],
  ...['absent', 'clamp_min', 'changes', 'time', 'max_over_time'],
  ...['by', 'without', 'on', 'ignoring', 'group_left', 'and', 'or', 'unless', 'offset', 'bool'],
]);

const TEXTS = /"(?:[^"\\]|\\.)*"/g;

/** Names in an expression that are none of PromQL's: those of metrics, if it is right. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(TEXTS, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left)\s*\([^)]*\)/g, '')
    .replaceAll(/\$\w+/g, '');
  const names = bare.match(/[a-zA-Z_:][\w:]*/g) ?? [];
  return [...new Set(names)].filter((name) => !WORDS.has(name));
}

/** What is wrong with the form of an expression; null: nothing that shows without a server. */
export function faultOfExpression(expression: string): string | null {
  const bare = expression.replaceAll(TEXTS, '');
  const open: string[] = [];
  const closing: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
  for (const character of bare) {
    if ('([{'.includes(character)) open.push(character);
    const opening = closing[character];
    if (opening !== undefined && open.pop() !== opening) return 'brackets do not match';
  }
  if (open.length > 0) return 'brackets do not match';
  if (/\b(?:rate|increase)\((?![^()]*\[)/.test(bare)) return 'a rate needs a range';
  return metricsIn(expression).length === 0 ? 'it names no metric' : null;
}
