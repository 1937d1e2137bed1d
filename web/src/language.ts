/**
 * A language that `Intl` takes, before anything is imported that hands it `navigator.language`, as uPlot does: a browser where no
 * locale is set says "en-US@posix" there, which is no BCP 47 tag, and the import's RangeError would leave the page blank.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en", configurable: true });
}
