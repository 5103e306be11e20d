import { describe, expect, it } from 'vitest';

import { connectionTo } from './connection-to.js';

describe('a connection to the database', () => {
  it('has the options of the URL, and above them ours', () => {
    const url = 'postgresql://u:p%40ss@host:5433/db?options=-c%20work_mem%3D5MB&sslmode=disable';
    expect(connectionTo(url, '-c timezone=UTC')).toEqual({
      connectionString: 'postgresql://u:p%40ss@host:5433/db?sslmode=disable',
      options: '-c work_mem=5MB -c timezone=UTC',
    });
  });

  it('has ours where the URL has none', () => {
    const url = 'postgresql://u:p%40ss@host/db';
    expect(connectionTo(url, '-c jit=off')).toEqual({
      connectionString: url,
      options: '-c jit=off',
    });
  });
});
