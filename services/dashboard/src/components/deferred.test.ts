import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deferred, loadAll } from "./deferred";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function failing(times: number) {
  const fetch = vi.fn(() => (fetch.mock.calls.length <= times ? Promise.reject(new Error("away")) : Promise.resolve("there")));
  return fetch;
}

test("a part that could not be fetched is fetched anew when somebody asks", async () => {
  const part = new Deferred(failing(1));
  await part.load();
  expect(part.read()).toMatchObject({ value: null, error: new Error("away") });

  await part.load();
  expect(part.read()).toEqual({ value: "there", error: null });
});

test("it is tried again by itself, with growing pauses and not for ever", async () => {
  const fetch = failing(Infinity);
  const part = new Deferred(fetch);
  await part.load();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(fetch).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(fetch).toHaveBeenCalledTimes(2);

  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(fetch).toHaveBeenCalledTimes(5);
});

test("it is fetched once however many ask, and each is served when it is there", async () => {
  const fetch = failing(1);
  const part = new Deferred(fetch);
  const served: string[] = [];
  part.whenThere((value) => served.push(value));
  part.whenThere((value) => served.push(value));
  await vi.advanceTimersByTimeAsync(1_000);
  part.whenThere((value) => served.push(value));
  await loadAll();

  expect(served).toEqual(["there", "there", "there"]);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("with all parts come the parts that they have in turn", async () => {
  const inner = vi.fn(() => Promise.resolve("inner"));
  const outer = new Deferred(() => Promise.resolve(new Deferred(inner)));
  await loadAll();

  expect(outer.read().value).toBeInstanceOf(Deferred);
  expect(inner).toHaveBeenCalledOnce();
});
