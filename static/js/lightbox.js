// Pictures in a lightbox: links marked data-slide inside a data-gallery. Arrow keys, Esc and swipes; plain links without it.
(() => {
  const library = document.currentScript.dataset.photoswipe;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const buildSlide = (link) => ({
    src: link.href,
    width: Number(link.dataset.width),
    height: Number(link.dataset.height),
    alt: link.dataset.caption,
    caption: link.dataset.caption,
    msrc: link.querySelector("img")?.currentSrc,
    element: link,
    thumbCropped: false,
  });

  const addCaption = (lightbox) => {
    lightbox.on("uiRegister", () => {
      lightbox.ui.registerElement({
        name: "caption",
        order: 9,
        isButton: false,
        appendTo: "root",
        onInit: (element) => {
          element.setAttribute("role", "status");
          const write = () => (element.textContent = lightbox.currSlide?.data.caption ?? "");
          lightbox.on("change", write);
          write();
        },
      });
      lightbox.ui.registerElement({
        name: "download",
        order: 8,
        isButton: true,
        tagName: "a",
        title: "Download",
        html: {
          isCustomSVG: true,
          inner: '<path d="M20.5 14.3 17.1 18V10h-2.2v7.9l-3.4-3.6L10 16l6 6.1 6-6.1ZM23 23H9v2h14Z" id="pswp-download"/>',
          outlineID: "pswp-download",
        },
        onInit: (element) => {
          element.setAttribute("download", "");
          const write = () => (element.href = `${lightbox.currSlide?.data.src ?? ""}?download=1`);
          lightbox.on("change", write);
          write();
        },
      });
    });
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-slide]");
    const gallery = link?.closest("[data-gallery]");
    if (!gallery || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    // A folded set of renders is not part of what the person sees.
    const links = [...gallery.querySelectorAll("a[data-slide]")].filter(
      (item) => item === link || item.hidden || item.checkVisibility(),
    );
    let PhotoSwipe;
    try {
      ({ default: PhotoSwipe } = await import(library));
    } catch {
      location.href = link.href;
      return;
    }
    const lightbox = new PhotoSwipe({
      dataSource: links.map(buildSlide),
      index: links.indexOf(link),
      bgOpacity: 0.94,
      showHideAnimationType: calm.matches ? "none" : "fade",
      wheelToZoom: true,
      trapFocus: true,
      returnFocus: true,
      paddingFn: (viewport) => (viewport.x < 700 ? { top: 56, bottom: 64, left: 8, right: 8 } : { top: 56, bottom: 72, left: 64, right: 64 }),
    });
    addCaption(lightbox);
    lightbox.init();
  });
})();
