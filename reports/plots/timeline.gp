# One shutdown: a bar a task, its cleanups under it, the signals as lines. Time 0 is the first signal.
# Set above: name, width, height, rows, left and top (pixels beside and over the plot), title_text,
# subtitle, xlabel_text, xlow, xhigh (in the unit of xlabel_text), and the row names and marks.
# NAME.dat: kind (1 queued ... 6 cleanup cut off), from, to, row, half of the bar's height.

set encoding utf8
set datafile separator "\t"
kinds = "queued running 'running after cancel' cleanup 'cleanup failed' 'cleanup cut off'"
fills = "#C9D6DF #56B4E9 #0072B2 #E69F00 #CC79A7 #000000"
set lmargin at screen (0.0 + left)/width
set rmargin at screen 1 - 40.0/width
set tmargin at screen 1 - (0.0 + top)/height
set bmargin at screen 104.0/height
set label 9001 title_text at screen 12.0/width,1 - 20.0/height left font ",15" noenhanced
set label 9002 subtitle at screen 12.0/width,1 - 43.0/height left tc rgb "#555555" noenhanced
set border 1 lc rgb "#555555"
set xrange [xlow:xhigh]
set yrange [rows + 0.6:0.4]
set xtics nomirror out
unset ytics
set grid xtics lc rgb "#DDDDDD" lt 1 lw 0.7
set xlabel xlabel_text
set style fill solid 1.0 noborder
set key at screen 12.0/width,48.0/height left top horizontal Left reverse samplen 1.5 width 1
do for [kind in "svg png"] {
    if (kind eq "svg") {
        set terminal svg size width,height fixed noenhanced font "sans-serif,13" background rgb "white"
    } else {
        set terminal pngcairo size width,height noenhanced font "Sans,10" background rgb "white"
    }
    set output name.".".kind
    plot for [k=1:6] name.".dat" using ($1 == k ? $2 : NaN):4:2:3:($4 - $5):($4 + $5) \
            with boxxyerror fc rgb word(fills, k) title word(kinds, k)
    unset output
}
