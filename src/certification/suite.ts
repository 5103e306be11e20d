/** Version of the probes; a certificate says which one it was earned with. */
export const SUITE_VERSION = '0.1.0';

/** Version of the rating formula. */
export const FORMULA_VERSION = '1';
