// Pictures in a lightbox: links marked data-slide inside a data-gallery. Arrow keys, Esc and swipes; plain links without it.
// A link with a <template data-details> tells what is known of its picture beside it; I shows and hides that.
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

  // Whether the details are open holds from picture to picture, and for the next time.
  const DETAILS_KEPT = "patina-slide-details";
  const DETAILS_PX = 320;
  const wide = matchMedia("(min-width: 861px)");

  const isDetailed = () => {
    try {
      return (localStorage.getItem(DETAILS_KEPT) ?? String(wide.matches)) === "true";
    } catch {
      return wide.matches;
    }
  };

  const findDetails = (lightbox) => lightbox.currSlide?.data.element.querySelector("template[data-details]");

  const addDetails = (lightbox) => {
    let isOpen = isDetailed();
    const toggle = () => {
      isOpen = !isOpen;
      try {
        localStorage.setItem(DETAILS_KEPT, String(isOpen));
      } catch {
        // It holds until the lightbox is closed.
      }
      lightbox.element.classList.toggle("has-details", isOpen);
      lightbox.element.querySelector(".pswp__button--details").setAttribute("aria-pressed", String(isOpen));
      lightbox.updateSize(true);
    };
    lightbox.on("uiRegister", () => {
      lightbox.ui.registerElement({
        name: "details",
        order: 7,
        isButton: true,
        title: "Details (I)",
        html: {
          isCustomSVG: true,
          inner: '<path d="M16 6a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.2 9h2.4v7h-2.4v-7Zm0-4h2.4v2.4h-2.4V11Z" id="pswp-details"/>',
          outlineID: "pswp-details",
        },
        onInit: (element) => element.setAttribute("aria-pressed", String(isOpen)),
        onClick: toggle,
      });
      lightbox.ui.registerElement({
        name: "details-panel",
        className: "pswp__details",
        order: 10,
        isButton: false,
        appendTo: "root",
        onInit: (element) => {
          const write = () => element.replaceChildren(findDetails(lightbox)?.content.cloneNode(true) ?? "");
          lightbox.on("change", write);
          write();
        },
      });
    });
    lightbox.on("keydown", ({ originalEvent }) => {
      if (originalEvent.key === "i" && document.documentElement.dataset.singleKeys !== "off") toggle();
    });
    lightbox.on("afterInit", () => lightbox.element.classList.toggle("has-details", isOpen));
    return (padding) => {
      if (isOpen && wide.matches) padding.right += DETAILS_PX;
      return padding;
    };
  };

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
    const hasDetails = links.some((item) => item.querySelector("template[data-details]"));
    let widen = (padding) => padding;
    const lightbox = new PhotoSwipe({
      dataSource: links.map(buildSlide),
      index: links.indexOf(link),
      bgOpacity: 0.94,
      showHideAnimationType: calm.matches ? "none" : "fade",
      wheelToZoom: true,
      trapFocus: true,
      returnFocus: true,
      paddingFn: (viewport) =>
        widen(viewport.x < 700 ? { top: 56, bottom: 64, left: 8, right: 8 } : { top: 56, bottom: 72, left: 64, right: 64 }),
    });
    if (hasDetails) widen = addDetails(lightbox);
    addCaption(lightbox);
    lightbox.on("afterInit", () => lightbox.element.setAttribute("aria-label", "Pictures"));
    lightbox.init();
  });
})();
