const NAMES_OF_SECRETS = /(_API_KEY|_SECRET|_SECRET_ACCESS_KEY|_SESSION_TOKEN)$|^ENCRYPTION_KEY$/;
const URLS = ['DATABASE_URL', 'REDIS_URL'];
/** A shorter one is none, or a word like `postgres`, which the log could not do without. */
const SHORTEST_SECRET = 8;

/** What of the environment nobody else may see: keys, tokens, and the passwords in its URLs. */
export function secretsIn(env: NodeJS.ProcessEnv): readonly string[] {
  const values = Object.entries(env).flatMap(([name, value = '']) =>
    NAMES_OF_SECRETS.test(name) ? [value, ...value.split(',')] : [],
  );
  const passwords = URLS.flatMap((name) => passwordsIn(env[name] ?? ''));
  return [...values, ...passwords].filter(({ length }) => length >= SHORTEST_SECRET);
}

/** As it is written in the URL, and as it is; none where it is no more than the name again. */
function passwordsIn(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const { username, password } = new URL(text);
  return password === username ? [] : [password, unescaped(password)];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
