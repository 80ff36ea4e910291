/** The faults in force for this page, as the server last said. Read at the moment of use, never copied. */
export const faults = {};

export function replaceFaults(next) {
  for (const name of Object.keys(faults)) delete faults[name];
  Object.assign(faults, next);
}

export const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const never = () => new Promise(() => {});
