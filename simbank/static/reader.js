/* Reads a QR code out of a video frame or a picture: by the browser itself where it can, else by
   ZXing in WebAssembly, which is fetched from this host and only when it is needed. */
"use strict";

window.SimReader = (function () {
  const SIDE = 720; // pixels of a frame's side: enough for a stall card, and quick on an old phone

  async function native() {
    if (!("BarcodeDetector" in window)) return null;
    try {
      const formats = await window.BarcodeDetector.getSupportedFormats();
      if (!formats.includes("qr_code")) return null;
      const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
      return async (source) => {
        const codes = await detector.detect(source);
        return codes.length ? codes[0].rawValue : null;
      };
    } catch {
      return null;
    }
  }

  function script(url) {
    return new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.src = url;
      element.onload = resolve;
      element.onerror = () => reject(new Error("not loaded: " + url));
      document.head.append(element);
    });
  }

  async function zxing(urls) {
    if (!window.ZXingWASM) await script(urls.zxing);
    await window.ZXingWASM.prepareZXingModule({
      overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? urls.wasm : prefix + path) },
      fireImmediately: true,
    });
    return async (source, thorough) => {
      const results = await window.ZXingWASM.readBarcodes(source, {
        formats: ["QRCode"],
        maxNumberOfSymbols: 1,
        tryHarder: thorough,
        tryRotate: thorough,
        tryInvert: thorough,
        tryDownscale: thorough,
      });
      return results.length ? results[0].text : null;
    };
  }

  /* Return {frame(video), picture(file)}; each resolves to the code's text or null. */
  async function open(urls) {
    const detect = await native();
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    let wasm = null;
    const reader = () => (wasm ??= zxing(urls).catch((error) => { wasm = null; throw error; }));

    async function frame(video) {
      if (detect) return detect(video);
      const side = Math.min(video.videoWidth, video.videoHeight);
      canvas.width = canvas.height = Math.min(side, SIDE);
      const left = (video.videoWidth - side) / 2, top = (video.videoHeight - side) / 2;
      context.drawImage(video, left, top, side, side, 0, 0, canvas.width, canvas.height);
      return (await reader())(context.getImageData(0, 0, canvas.width, canvas.height), false);
    }

    async function picture(file) {
      if (detect) {
        try {
          const text = await detect(await createImageBitmap(file));
          if (text) return text;
        } catch { /* a picture that the browser cannot open may still be one for ZXing */ }
      }
      return (await reader())(file, true);
    }

    if (!detect) await reader();
    return { frame, picture };
  }

  return { open };
})();
